import { startFakeBigQuery } from '../start.ts';

// The fake in a process of its own, for a bench: a line of JSON says where it is, and it goes when its input ends.
const fake = await startFakeBigQuery({ discard: process.argv.includes('--discard') });
console.log(JSON.stringify({ restUrl: fake.restUrl, storageHost: fake.storageHost }));
process.stdin.resume().once('end', () => void fake.close());
