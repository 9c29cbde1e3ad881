import { newcomer } from "./people.mjs";

export async function profile(conversation) {
  const email = "olga@example.com";
  const olga = await newcomer(conversation, email);
  const update = (name, body, browser = olga) => conversation.step(name, browser, (client) => client.updateUser(body));
  await update("signed in nowhere", { name: "Nobody" }, conversation.browser());
  await update("the name", { name: "Olga Olsen" });
  await update("the picture", { image: "https://example.com/olga.png" });
  await conversation.step("name and picture", olga, (client) => client.getSession());
  await update("no picture", { image: null });
  await update("nothing", {});
  await update("the address", { email: "other@example.com" });
  await update("the role", { role: "admin" });
  await update("the name and the role", { name: "Olga", role: "admin" });
  await update("a name that is a number", { name: 7 });
  await conversation.step("after all that", olga, (client) => client.getSession());
  await conversation.step("her accounts", olga, (client) => client.listAccounts());
  await conversation.step("accounts, signed in nowhere", conversation.browser(), (client) => client.listAccounts());
  await conversation.mail("the mail of the sign-up", email);
  await changedAddress(conversation, olga, email);
}

async function changedAddress(conversation, olga, email) {
  const [taken, chosen] = ["paula@example.com", "olsen@example.com"];
  await newcomer(conversation, taken);
  await conversation.mail("Paula's mail", taken);
  const change = (name, newEmail, browser = olga) =>
    conversation.step(name, browser, (client) => client.changeEmail({ newEmail, callbackURL: "/profile" }));
  await change("to another, signed in nowhere", chosen, conversation.browser());
  await change("to the same", email);
  await change("to what is no address", "olga");
  await change("to Paula's", taken);
  await conversation.step("to somebody else's page", olga, (client) =>
    client.changeEmail({ newEmail: chosen, callbackURL: "https://evil.example/" }),
  );
  await change("to another", chosen);
  const link = await conversation.mail("the mail to the new address", chosen);
  await conversation.step("nothing changed yet", olga, (client) => client.getSession());
  await conversation.step("the link", olga, () => olga.open(link));
  await conversation.step("the new address", olga, (client) => client.getSession());
  await conversation.step("the link again", olga, () => olga.open(link));
  await conversation.tables.pass(36, chosen);
  await change("to another, a day later", "late@example.com");
}
