import type { GoogleAuth } from 'google-auth-library';
import { postmasterFault } from './postmaster-trouble.ts';

/** Where the API is, and what proves who asks. */
export interface PostmasterAccess {
  /** Without a slash at its end. */
  readonly baseUrl: string;
  /** @throws Fault POSTMASTER_CREDENTIALS where there are none */
  readonly headers: () => Promise<Readonly<Record<string, string>>>;
}

/** What is read of domains, and of their mail. v2 has no scope that lists domains and changes none. */
const SCOPES = [
  'https://www.googleapis.com/auth/postmaster.traffic.readonly',
  'https://www.googleapis.com/auth/postmaster.domain',
];

const BASE_URL = 'https://gmailpostmastertools.googleapis.com';

/**
 * The API itself, with the credentials that are found where Google's libraries look (Application Default Credentials), as for
 * BigQuery. They must be those of an account that Postmaster Tools knows, which usually is a person's.
 *
 * @param quotaProject whose quota is used, unless the credentials name one; null: as they have it
 */
export function googleAccess(quotaProject: string | null): PostmasterAccess {
  let auth: GoogleAuth | null = null;
  return {
    baseUrl: BASE_URL,
    headers: async () => {
      try {
        // Most processes never ask, and the library takes its time to load.
        const library = await import('google-auth-library');
        auth ??= new library.GoogleAuth({ scopes: SCOPES });
        const headers = await auth.getRequestHeaders(BASE_URL);
        if (quotaProject !== null && !headers.has('x-goog-user-project'))
          headers.set('x-goog-user-project', quotaProject);
        return Object.fromEntries(headers);
      } catch (thrown) {
        throw postmasterFault('CREDENTIALS', 'asking for access', thrown);
      }
    },
  };
}

/** A stand-in for the API. It gets no credentials. */
export function standInAccess(url: string): PostmasterAccess {
  return { baseUrl: url.replace(/\/+$/, ''), headers: async () => ({}) };
}
