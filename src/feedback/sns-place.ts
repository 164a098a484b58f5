/** How SNS names its hosts, in the partitions that Sluice supports. */
const SNS_HOST = /^sns\.[a-z]{2}(?:-[a-z]+)+-\d{1,2}\.amazonaws\.com(?:\.cn)?$/;
const CERTIFICATE_PATH = /^\/SimpleNotificationService-[0-9a-f]{1,64}\.pem$/;
const URL_CHARACTERS_MAX = 2_000;

/** Whether a host is SNS itself: tests put in one of their own. */
export type IsSnsHost = (host: string) => boolean;

export function isSnsHost(host: string): boolean {
  return SNS_HOST.test(host);
}

/** The URL of a certificate that SNS signs with; null for any other. */
export function certificateUrl(text: string, isHost: IsSnsHost): URL | null {
  const url = plainUrl(text, isHost);
  return url !== null && url.search === '' && CERTIFICATE_PATH.test(url.pathname) ? url : null;
}

/** The URL that confirms the subscription to a topic, and does nothing else; null for any other. */
export function confirmationUrl(text: string, topic: string, token: string, isHost: IsSnsHost): URL | null {
  const url = plainUrl(text, isHost);
  if (url === null || url.pathname !== '/') return null;
  const names = [...url.searchParams.keys()].toSorted();
  const asks = (name: string) => url.searchParams.get(name);
  return names.join() === 'Action,Token,TopicArn' &&
    asks('Action') === 'ConfirmSubscription' &&
    asks('TopicArn') === topic &&
    asks('Token') === token
    ? url
    : null;
}

/**
 * A URL that says the same to every parser: whatever this one had to repair (capitals, dots, tabs, backslashes, `..`,
 * the port 443) is refused.
 */
function plainUrl(text: string, isHost: IsSnsHost): URL | null {
  if (text.length > URL_CHARACTERS_MAX || /[\s\\#]/.test(text)) return null;
  const url = URL.parse(text);
  if (url === null || url.href !== text || url.protocol !== 'https:') return null;
  return url.port === '' && url.username === '' && url.password === '' && isHost(url.hostname) ? url : null;
}
