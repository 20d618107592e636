// google-auth-library: tokens of whoever the environment says, ID tokens, and what is believed of them.
const { GoogleAuth, OAuth2Client } = require("google-auth-library");

const [audience] = process.argv.slice(2);
const CLOUD_PLATFORM = "https://www.googleapis.com/auth/cloud-platform";

async function outcome(promise) {
  try {
    return await promise;
  } catch (error) {
    return `refused: ${error.message}`;
  }
}

async function main() {
  const told = {};
  const auth = new GoogleAuth({ scopes: [CLOUD_PLATFORM] });
  told.project = await auth.getProjectId();
  const client = await auth.getClient();
  told.kind = client.constructor.name;
  const api = await client.request({ url: "https://cloudresourcemanager.googleapis.com/v1/projects/demo" });
  told.api = api.data.projectId;
  if (told.kind !== "UserRefreshClient") {
    const identity = await auth.getIdTokenClient(audience);
    told.service = (await identity.request({ url: audience })).status;
    const idToken = await identity.idTokenProvider.fetchIdToken(audience);
    const verifier = new OAuth2Client();
    told.verified = (await verifier.verifyIdToken({ idToken, audience })).getPayload();
    told.forAnother = await outcome(verifier.verifyIdToken({ idToken, audience: "https://another.example" }));
    told.changed = await outcome(verifier.verifyIdToken({ idToken: `${idToken.slice(0, -8)}AAAAAAAA`, audience }));
  }
  console.log(JSON.stringify(told));
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
