// better-auth's own server as its documentation sets it up with pg: its cookie cache off, so that every get-session
// reads the database as ours does. "listening <port>" on standard output says that it is ready.

import { createServer } from "node:http";
import { betterAuth } from "better-auth";
import { getMigrations } from "better-auth/db/migration";
import { toNodeHandler } from "better-auth/node";
import pg from "pg";

const options = {
  baseURL: process.env.PUBLIC_URL,
  secret: process.env.SECRET,
  database: new pg.Pool({ connectionString: process.env.DATABASE_URL, max: Number(process.env.POOL_SIZE) }),
  emailAndPassword: { enabled: true },
  session: { cookieCache: { enabled: false } },
  rateLimit: { enabled: false }, // all load comes from one address
  telemetry: { enabled: false },
  logger: { level: "error" },
};

const { runMigrations } = await getMigrations(options);
await runMigrations();

const server = createServer(toNodeHandler(betterAuth(options)));
server.keepAliveTimeout = 600_000; // connections wait here while the others are measured
server.listen(0, "127.0.0.1", () => console.log(`listening ${server.address().port}`));
