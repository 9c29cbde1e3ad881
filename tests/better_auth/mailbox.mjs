// Mails as files, one JSON document each: {"to", "text"}. Both sides deliver here, and the conversation reads.

import { randomUUID } from "node:crypto";
import { readdir, readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

const PATIENCE = 120_000; // milliseconds; a mail of ours goes through an outbox and a real SMTP server
const LINK = /https?:\/\/[^\s<>"]+/;

export async function deliver(folder, to, text) {
  const name = `${process.hrtime.bigint()}-${randomUUID()}`;
  await writeFile(join(folder, `.${name}`), JSON.stringify({ to, text }));
  await rename(join(folder, `.${name}`), join(folder, `${name}.json`));
}

export class Mailbox {
  #folder;
  #read = new Set();

  constructor(folder) {
    this.#folder = folder;
  }

  /** The link in the oldest mail to the address that was not asked for before; waits for it. */
  async link(address) {
    for (const end = Date.now() + PATIENCE; Date.now() < end; await sleep(50)) {
      const found = await this.#next(address);
      if (found) return found;
    }
    throw new Error(`no mail with a link came to ${address}`);
  }

  async #next(address) {
    const names = (await readdir(this.#folder)).filter((name) => name.endsWith(".json")).sort();
    for (const name of names.filter((name) => !this.#read.has(name))) {
      const mail = JSON.parse(await readFile(join(this.#folder, name), "utf8"));
      if (mail.to !== address) continue;
      this.#read.add(name);
      const link = LINK.exec(mail.text)?.[0];
      if (link) return link;
    }
    return null;
  }
}
