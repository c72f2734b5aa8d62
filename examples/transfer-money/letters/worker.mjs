// The worker that writes to customers, on the official JavaScript SDK: npm ci && node worker.mjs.
// CONDUCTOR_SERVER_URL, CONDUCTOR_AUTH_KEY and CONDUCTOR_AUTH_SECRET say on which cluster; an edge on this machine unless set.
import { OrkesClients, TaskManager } from '@io-orkes/conductor-javascript';

process.env.CONDUCTOR_SERVER_URL ??= 'http://127.0.0.1:8080/api';

const tell = {
  taskDefName: 'tell_customer',
  execute: async ({ inputData: { to, record } }) => ({
    status: 'COMPLETED',
    outputData: { letter: `Dear ${to}, we have booked ${record}.` },
  }),
};

const clients = await OrkesClients.from();
const worker = new TaskManager(clients.getClient(), [tell], {
  options: { workerID: 'letters', pollInterval: 100, concurrency: 4 },
});
worker.startPolling();
console.log('Writing letters; interrupt to stop');
process.once('SIGINT', async () => {
  await worker.stopPolling(); // a letter that is being written is finished
  process.exit(0); // the SDK goes on renewing its token
});
