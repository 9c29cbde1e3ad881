// Holds one conversation with one server and prints what was said, as JSON: a list of {"step", "at", ...}.
// Settings come as JSON in the environment variable CONVERSATION.

import { Browser } from "./browser.mjs";
import { chapters } from "./chapters/index.mjs";
import { Mailbox } from "./mailbox.mjs";
import { BetterAuth, Tradepost } from "./sides.mjs";

class Conversation {
  records = [];
  #chapter = "";

  constructor(settings, tables) {
    this.settings = settings;
    this.tables = tables;
    this.mailbox = new Mailbox(settings.mailbox);
  }

  browser(headers) {
    return new Browser(this.settings, headers);
  }

  /** Do one thing in a browser and write down what came of it; gives what the client gave. */
  async step(name, browser, action) {
    const result = await action(browser.client);
    const exchanges = browser.exchanges();
    if (exchanges.length !== 1) throw new Error(`"${name}" made ${exchanges.length} requests`);
    this.#record(name, { ...exchanges[0], result });
    return result;
  }

  /** A link as it came by mail. */
  async mail(name, address) {
    const link = await this.mailbox.link(address);
    this.#record(name, { link });
    return link;
  }

  /** A chapter that cannot go on says so; the others are still told. */
  async tell(chapter) {
    this.#chapter = chapter.name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
    try {
      await chapter(this);
    } catch (error) {
      this.#record("broke off", { failure: String(error) });
    }
  }

  #record(name, found) {
    const step = `${this.#chapter}: ${name}`;
    const times = this.records.filter((record) => record.step.replace(/ \(\d+\)$/, "") === step).length;
    this.records.push({ step: times ? `${step} (${times + 1})` : step, at: new Date().toISOString(), ...found });
  }
}

const settings = JSON.parse(process.env.CONVERSATION);
const tables = new { "better-auth": BetterAuth, tradepost: Tradepost }[settings.side](settings);
await tables.open();
const conversation = new Conversation(settings, tables);
for (const chapter of chapters[settings.world]) await conversation.tell(chapter);
await tables.close();
console.log(JSON.stringify(conversation.records));
