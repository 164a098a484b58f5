import { Agent, type IncomingHttpHeaders, request } from 'node:http';

export interface Question {
  readonly method?: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

const agent = new Agent({ keepAlive: true, maxSockets: 16 });

/** As fetch, but with any Host and Origin, with a path as it is, and with what came of an answer that does not end. */
export function ask(base: string, { method = 'GET', path, headers = {}, body }: Question): Promise<Answer> {
  const { hostname, port } = new URL(base);
  return new Promise((resolve, reject) => {
    const asked = request({ hostname, port, path, method, headers: { ...headers }, agent }, (answer) => {
      const chunks: Buffer[] = [];
      const end = () =>
        resolve({
          status: answer.statusCode ?? 0,
          headers: answer.headers,
          text: Buffer.concat(chunks).toString('utf8'),
        });
      answer.on('data', (chunk: Buffer) => {
        chunks.push(chunk);
        // Its beginning is all that is asked of it.
        if (answer.headers['content-type']?.startsWith('text/event-stream')) {
          end();
          asked.destroy();
        }
      });
      answer.on('end', end);
      answer.on('error', () => {});
    });
    asked.on('error', reject);
    asked.end(body);
  });
}
