import { createLeanTransport } from '../../src/send/ses-lean.ts';
import { transportContract } from '../contract/transport.contract.ts';

const ANY = { accessKeyId: 'any', secretAccessKey: 'any' };

transportContract('the lean transport', (options) =>
  createLeanTransport({ region: 'us-east-1', credentials: ANY, ...options }),
);
