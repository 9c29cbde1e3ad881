import { newcomer, visitor } from "./people.mjs";

const EMAIL = "hanna@example.com";

export async function sessions(conversation) {
  const hanna = await newcomer(conversation, EMAIL);
  const ivy = await newcomer(conversation, "ivy@example.com");
  const stranger = conversation.browser();

  await conversation.step("list, signed in nowhere", stranger, (client) => client.listSessions());
  await conversation.step("revoke, signed in nowhere", stranger, (client) => client.revokeSession({ token: "x" }));
  await conversation.step("revoke others, signed in nowhere", stranger, (client) => client.revokeOtherSessions());
  await conversation.step("revoke all, signed in nowhere", stranger, (client) => client.revokeSessions());

  await conversation.step("list one", hanna, (client) => client.listSessions());
  const phone = await visitor(conversation, EMAIL);
  const { data: two } = await conversation.step("list two", phone, (client) => client.listSessions());
  const { data: own } = await conversation.step("the phone's own", phone, (client) => client.getSession());
  const first = two.find((session) => session.id !== own.session.id);

  const revoke = (name, browser, token) =>
    conversation.step(name, browser, (client) => client.revokeSession({ token }));
  await revoke("revoke one that is not there", phone, "nonsense");
  await revoke("revoke without saying which", phone, undefined);
  await revoke("revoke somebody else's", ivy, first.token);
  await conversation.step("it is alive", hanna, (client) => client.getSession());
  const stolen = hanna.cookies;
  await revoke("revoke the other one", phone, first.token);
  await revoke("revoke the other one again", phone, first.token);
  await conversation.step("it is over", hanna, (client) => client.getSession());
  hanna.cookies = stolen;
  await conversation.step("list with a cookie that is over", hanna, (client) => client.listSessions());

  const tablet = await visitor(conversation, EMAIL);
  const watch = await visitor(conversation, EMAIL);
  const { data: its } = await conversation.step("the watch's own", watch, (client) => client.getSession());
  await revoke("the watch revokes its own", watch, its.session.token);
  await conversation.step("the watch is out", watch, (client) => client.getSession());
  await conversation.step("revoke the others", phone, (client) => client.revokeOtherSessions());
  await conversation.step("the tablet is out", tablet, (client) => client.getSession());
  await conversation.step("the phone is in", phone, (client) => client.listSessions());
  await conversation.step("revoke all", phone, (client) => client.revokeSessions());
  await conversation.step("the phone is out", phone, (client) => client.getSession());

  await forged(conversation);
  await passing(conversation);
}

async function forged(conversation) {
  const browser = await visitor(conversation, EMAIL);
  const real = browser.cookies;
  for (const [what, change] of [
    ["cut", (value) => value.slice(0, -6)],
    ["changed", (value) => `A${value.slice(1)}`],
    ["made up", () => "nonsense"],
  ]) {
    browser.cookies = new Map([...real].map(([name, value]) => [name, change(value)]));
    await conversation.step(`a cookie that is ${what}`, browser, (client) => client.getSession());
  }
}

async function passing(conversation) {
  const daily = await visitor(conversation, EMAIL);
  await conversation.tables.pass(12, EMAIL);
  await conversation.step("half a day later", daily, (client) => client.getSession());
  await conversation.tables.pass(36, EMAIL);
  await conversation.step("two days later", daily, (client) => client.getSession());
  await conversation.step("list, two days later", daily, (client) => client.listSessions());
  await conversation.tables.pass(8 * 24, EMAIL);
  await conversation.step("eight days after that", daily, (client) => client.getSession());

  const brief = await visitor(conversation, EMAIL, { rememberMe: false });
  await conversation.tables.pass(12, EMAIL);
  await conversation.step("not remembered, half a day later", brief, (client) => client.getSession());
  await conversation.tables.pass(13, EMAIL);
  await conversation.step("not remembered, a day later", brief, (client) => client.getSession());

  const monthly = await visitor(conversation, EMAIL);
  for (const day of [6, 12, 18, 24]) {
    await conversation.tables.pass(6 * 24, EMAIL);
    await conversation.step(`used every six days, day ${day}`, monthly, (client) => client.getSession());
  }
  await conversation.tables.pass(6.5 * 24, EMAIL);
  await conversation.step("used every six days, after a month", monthly, (client) => client.getSession());
}
