import { LONGEST, newcomer, PASSWORD, visitor } from "./people.mjs";

const EMAIL = "gwen@example.com";

export async function signingIn(conversation) {
  const gwen = await newcomer(conversation, EMAIL);
  await conversation.step("sign out", gwen, (client) => client.signOut());
  await conversation.step("no session is left", gwen, (client) => client.getSession());
  await conversation.step("sign out again", gwen, (client) => client.signOut());

  const attempt = async (name, body, browser = conversation.browser()) => {
    await conversation.step(name, browser, (client) =>
      client.signIn.email({ email: EMAIL, password: PASSWORD, ...body }),
    );
    return browser;
  };
  const back = await attempt("with the password", {});
  await conversation.step("who that is", back, (client) => client.getSession());
  await attempt("once more in the same browser", {}, back);
  await conversation.step("what sessions there are after that", back, (client) => client.listSessions());
  await attempt("the address in capitals", { email: "GWEN@example.com" });
  await attempt("a wrong password", { password: "nine loud lanterns sinking" });
  await attempt("a wrong password that is short", { password: "x" });
  await attempt("a wrong password that is too long", { password: `${LONGEST}!` });
  await attempt("an unknown address", { email: "nobody@example.com" });
  await attempt("an address without an @", { email: "gwen" });
  await attempt("no address", { email: undefined });
  await attempt("no password", { password: undefined });
  await attempt("a password that is a number", { password: 7 });
  await attempt("with a page to go to", { callbackURL: "/dashboard" });
  await attempt("a page of somebody else to go to", { callbackURL: "https://evil.example/" });
  await attempt("a path that browsers take for somebody else", { callbackURL: "//evil.example" });
  const brief = await attempt("not to be remembered", { rememberMe: false });
  await conversation.step("who is not to be remembered", brief, (client) => client.getSession());
  await conversation.step("who is not to be remembered signs out", brief, (client) => client.signOut());

  const other = await visitor(conversation, EMAIL);
  await conversation.step("sign out in one browser", back, (client) => client.signOut());
  await conversation.step("the other stays", other, (client) => client.getSession());
}
