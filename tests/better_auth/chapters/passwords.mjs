import { LONGEST, newcomer, OTHER_PASSWORD, PASSWORD, visitor } from "./people.mjs";

export async function changedPasswords(conversation) {
  const email = "jane@example.com";
  const jane = await newcomer(conversation, email);
  const phone = await visitor(conversation, email);
  const change = (name, browser, body) =>
    conversation.step(name, browser, (client) =>
      client.changePassword({ currentPassword: PASSWORD, newPassword: OTHER_PASSWORD, ...body }),
    );
  const enter = (name, password) =>
    conversation.step(name, conversation.browser(), (client) => client.signIn.email({ email, password }));

  await change("signed in nowhere", conversation.browser(), {});
  await change("the current one is wrong", jane, { currentPassword: "nine loud lanterns sinking" });
  await change("the new one has 7 characters", jane, { newPassword: "Zu7-kqx" });
  await change("the new one has 129 characters", jane, { newPassword: `${LONGEST}!` });
  await change("no new one", jane, { newPassword: undefined });
  await change("no current one", jane, { currentPassword: undefined });
  await change("change", jane, {});
  await conversation.step("who changed it stays", jane, (client) => client.getSession());
  await conversation.step("the phone, after the change", phone, (client) => client.getSession());
  await enter("sign in with the old one", PASSWORD);
  await enter("sign in with the new one", OTHER_PASSWORD);

  const swap = { currentPassword: OTHER_PASSWORD, newPassword: PASSWORD, revokeOtherSessions: true };
  const tablet = conversation.browser();
  await conversation.step("the tablet signs in", tablet, (client) =>
    client.signIn.email({ email, password: OTHER_PASSWORD }),
  );
  await change("change and revoke others", jane, swap);
  await conversation.step("who changed it stays again", jane, (client) => client.getSession());
  await conversation.step("the tablet is out", tablet, (client) => client.getSession());
  await conversation.step("what sessions there are", jane, (client) => client.listSessions());

  await conversation.tables.pass(36, email);
  await change("a day later", jane, {});
}

export async function resetPasswords(conversation) {
  const email = "kim@example.com";
  const kim = await newcomer(conversation, email);
  await conversation.mail("the mail of the sign-up", email);
  const stranger = conversation.browser();
  const request = (name, body) =>
    conversation.step(name, stranger, (client) =>
      client.requestPasswordReset({ email, redirectTo: "/new-password", ...body }),
    );
  const reset = (name, token, newPassword = OTHER_PASSWORD) =>
    conversation.step(name, stranger, (client) => client.resetPassword({ newPassword, token }));
  const open = (name, link) => conversation.step(name, stranger, () => stranger.open(link));

  await request("request, unknown address", { email: "nobody@example.com" });
  await request("request, not an address", { email: "kim" });
  await request("request, no address", { email: undefined });
  await request("request, somebody else's page", { redirectTo: "https://evil.example/" });
  await request("request", {});
  const link = await conversation.mail("the mail", email);
  const token = new URL(link).pathname.split("/").at(-1);
  await open("open the link", link);
  await open("open the link again", link);
  await open("open it with somebody else's page", link.replace("%2Fnew-password", "https%3A%2F%2Fevil.example%2F"));
  await open("open a link that is made up", link.replace(token, "nonsense"));
  await reset("reset to 7 characters", token, "Zu7-kqx");
  await reset("reset to 129 characters", token, `${LONGEST}!`);
  await reset("reset without a token", undefined);
  await reset("reset without a password", token, null);
  await reset("reset with a token that is made up", "nonsense");
  await reset("reset", token);
  await reset("reset again", token);
  await open("open the link of a token that was used", link);
  await conversation.step("whoever was signed in before", kim, (client) => client.getSession());
  for (const [name, password] of [
    ["sign in with the old one", PASSWORD],
    ["sign in with the new one", OTHER_PASSWORD],
  ])
    await conversation.step(name, stranger, (client) => client.signIn.email({ email, password }));

  await request("request once more", {});
  const late = await conversation.mail("the mail once more", email);
  await conversation.tables.pass(2, email);
  await open("open the link two hours later", late);
  await reset("reset two hours later", new URL(late).pathname.split("/").at(-1));
}
