import { newcomer, visitor } from "./people.mjs";

/** On a developer's machine, without https. */
export async function plainHttp(conversation) {
  const email = "theo@example.com";
  const theo = await newcomer(conversation, email);
  await conversation.step("the session begins at once", theo, (client) => client.getSession());
  await conversation.step("sign out", theo, (client) => client.signOut());
  const back = await visitor(conversation, email);
  await conversation.step("who that is", back, (client) => client.getSession());
  await conversation.step("what sessions there are", back, (client) => client.listSessions());
}
