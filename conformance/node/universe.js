// Google's libraries in a universe of one's own, told of it by the key file and by nothing but its name.
const { GoogleAuth } = require("google-auth-library");
const { CloudSchedulerClient } = require("@google-cloud/scheduler");
const { ServicesClient } = require("@google-cloud/run").v2;

const [universeDomain, parent, service] = process.argv.slice(2);

async function outcome(promise) {
  try {
    return await promise;
  } catch (error) {
    return `refused: ${error.message}`;
  }
}

async function main() {
  const told = {};
  const auth = new GoogleAuth({ scopes: ["https://www.googleapis.com/auth/cloud-platform"] });
  told.universe = await auth.getUniverseDomain();
  const [jobs] = await new CloudSchedulerClient({ universeDomain }).listJobs({ parent });
  told.jobs = jobs.map((job) => job.name);
  const [services] = await new ServicesClient({ universeDomain }).listServices({ parent });
  told.services = services.map((found) => found.uri);
  // For ID tokens the library asks Google's own token endpoint, whatever the universe; the credentials API is this universe's.
  told.byTheLibrary = await outcome(auth.getIdTokenClient(service).then((client) => client.request({ url: service })));
  const client = await auth.getClient();
  const url = `https://iamcredentials.${universeDomain}/v1/projects/-/serviceAccounts/${client.email}:generateIdToken`;
  const { token } = (await client.request({ url, method: "POST", data: { audience: service, includeEmail: true } })).data;
  told.called = (await client.transporter.request({ url: service, headers: { Authorization: `Bearer ${token}` } })).status;
  console.log(JSON.stringify(told));
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
