import { newcomer, PASSWORD, visitor } from "./people.mjs";

export async function deletion(conversation) {
  const email = "quinn@example.com";
  const quinn = await newcomer(conversation, email);
  const phone = await visitor(conversation, email);
  const remove = (name, body, browser = quinn) => conversation.step(name, browser, (client) => client.deleteUser(body));
  await remove("signed in nowhere", {}, conversation.browser());
  await remove("a wrong password", { password: "nine loud lanterns sinking" });
  await remove("somebody else's page", { callbackURL: "https://evil.example/" });
  await remove("with the password", { password: PASSWORD });
  await conversation.step("nobody is left", quinn, (client) => client.getSession());
  await conversation.step("nor on the phone", phone, (client) => client.getSession());
  await conversation.step("nor can sign in", phone, (client) => client.signIn.email({ email, password: PASSWORD }));

  const again = await newcomer(conversation, email);
  await conversation.tables.pass(36, email);
  await remove("a day later, without the password", {}, again);
  await remove("a day later, with it", { password: PASSWORD }, again);
  const last = await newcomer(conversation, email);
  await remove("at once, without the password", {}, last);
}
