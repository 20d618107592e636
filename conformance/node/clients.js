// Google's generated clients, with the host names that they come with.
const { CloudSchedulerClient } = require("@google-cloud/scheduler");
const { ServicesClient } = require("@google-cloud/run").v2;

const [parent, uri, account] = process.argv.slice(2);

async function main() {
  const told = {};
  const scheduler = new CloudSchedulerClient();
  const name = `${parent}/jobs/from-node-${process.pid}`;
  const job = { name, schedule: "0 0 1 1 *", httpTarget: { uri, oidcToken: { serviceAccountEmail: account, audience: uri } } };
  const [made] = await scheduler.createJob({ parent, job });
  told.made = [made.name === name, made.state, made.httpTarget.oidcToken.audience === uri];
  const [jobs] = await scheduler.listJobs({ parent });
  told.listed = jobs.some((found) => found.name === name);
  const [paused] = await scheduler.pauseJob({ name });
  told.paused = paused.state;
  await scheduler.deleteJob({ name });
  told.gone = await scheduler.getJob({ name }).then(() => "there", (error) => error.code);
  const run = new ServicesClient();
  const [services] = await run.listServices({ parent });
  told.services = services.map((service) => service.name);
  const [hello] = await run.getService({ name: `${parent}/services/hello` });
  told.hello = hello.uri;
  told.missing = await run.getService({ name: `${parent}/services/no-such-service` }).then(() => "there", (error) => error.code);
  console.log(JSON.stringify(told));
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
