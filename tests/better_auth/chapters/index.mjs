import { crossSite } from "./cross_site.mjs";
import { deletion } from "./deletion.mjs";
import { plainHttp } from "./plain_http.mjs";
import { profile } from "./profile.mjs";
import { changedPasswords, resetPasswords } from "./passwords.mjs";
import { sessions } from "./sessions.mjs";
import { signingIn } from "./signing_in.mjs";
import { signingUp } from "./signing_up.mjs";
import { verification, verificationRequired } from "./verification.mjs";

export const chapters = {
  https: [
    signingUp,
    signingIn,
    sessions,
    changedPasswords,
    resetPasswords,
    verification,
    profile,
    deletion,
    crossSite,
  ],
  "verification-required": [verificationRequired],
  http: [plainHttp],
};
