import { describe, expect, test } from 'vitest';
import { certificateUrl, confirmationUrl, isSnsHost } from '../../src/feedback/sns-place.ts';

const PEM = '/SimpleNotificationService-9c6465fa7f48f5cacd23014631ec1136.pem';

describe('a certificate may be fetched from', () => {
  test.each([
    `https://sns.us-east-1.amazonaws.com${PEM}`,
    `https://sns.ap-northeast-1.amazonaws.com${PEM}`,
    `https://sns.us-gov-west-1.amazonaws.com${PEM}`,
    `https://sns.cn-north-1.amazonaws.com.cn${PEM}`,
  ])('%s', (url) => {
    expect(certificateUrl(url, isSnsHost)?.href).toBe(url);
  });
});

describe('a certificate is never fetched from', () => {
  test.each([
    ['http', `http://sns.us-east-1.amazonaws.com${PEM}`],
    ['another port', `https://sns.us-east-1.amazonaws.com:8443${PEM}`],
    ['the port written out', `https://sns.us-east-1.amazonaws.com:443${PEM}`],
    ['a host of somebody else', `https://example.com${PEM}`],
    ['a host that goes on', `https://sns.us-east-1.amazonaws.com.example.com${PEM}`],
    ['a host that ends alike', `https://evil-sns.us-east-1.amazonaws.com${PEM}`],
    ['a bucket', `https://sns.us-east-1.s3.amazonaws.com${PEM}`],
    ['another service', `https://s3.us-east-1.amazonaws.com${PEM}`],
    ['a region of nobody', `https://sns.evil.amazonaws.com${PEM}`],
    ['a host without its region', `https://sns.amazonaws.com${PEM}`],
    ['a domain that looks alike', `https://sns.us-east-1.amazonaws.co${PEM}`],
    ['a letter that looks alike', `https://sns.us-east-1.аmazonaws.com${PEM}`],
    ['a trailing dot', `https://sns.us-east-1.amazonaws.com.${PEM}`],
    ['capitals', `https://SNS.us-east-1.amazonaws.com${PEM}`],
    ['a user', `https://sns.us-east-1.amazonaws.com@example.com${PEM}`],
    ['a user at the right host', `https://a:b@sns.us-east-1.amazonaws.com${PEM}`],
    ['a backslash', `https://example.com\\.sns.us-east-1.amazonaws.com${PEM}`],
    ['a query', `https://sns.us-east-1.amazonaws.com${PEM}?x=1`],
    ['a fragment', `https://sns.us-east-1.amazonaws.com${PEM}#x`],
    ['another path', 'https://sns.us-east-1.amazonaws.com/evil.pem'],
    ['a path that climbs', 'https://sns.us-east-1.amazonaws.com/SimpleNotificationService-ab.pem/../x.pem'],
    [
      'a path that hides its climb',
      'https://sns.us-east-1.amazonaws.com/SimpleNotificationService-%2e%2e%2fab.pem',
    ],
    ['a path with more before it', `https://sns.us-east-1.amazonaws.com/x${PEM}`],
    ['a blank before', ` https://sns.us-east-1.amazonaws.com${PEM}`],
    ['a line break', `https://sns.us-east-1.amazonaws.com${PEM}\n`],
    ['a file', `file://sns.us-east-1.amazonaws.com${PEM}`],
    ['nothing', ''],
  ])('%s', (_what, url) => {
    expect(certificateUrl(url, isSnsHost)).toBeNull();
  });
});

describe('a subscription', () => {
  const TOPIC = 'arn:aws:sns:us-east-1:123456789012:events';
  const at = (host: string, query: string) => `https://${host}/?${query}`;
  const right = `Action=ConfirmSubscription&TopicArn=${TOPIC}&Token=ab12`;

  test('is confirmed at the host of SNS, for its topic and by its token', () => {
    const url = at('sns.us-east-1.amazonaws.com', right);
    expect(confirmationUrl(url, TOPIC, 'ab12', isSnsHost)?.href).toBe(url);
  });

  test.each([
    ['another host', at('sns.us-east-1.amazonaws.com.example.com', right)],
    ['http', at('sns.us-east-1.amazonaws.com', right).replace('https', 'http')],
    ['another action', at('sns.us-east-1.amazonaws.com', right.replace('Confirm', 'Delete'))],
    ['a second action', at('sns.us-east-1.amazonaws.com', `${right}&Action=DeleteTopic`)],
    ['more than it needs', at('sns.us-east-1.amazonaws.com', `${right}&AuthenticateOnUnsubscribe=true`)],
    ['another topic', at('sns.us-east-1.amazonaws.com', right.replace('events', 'others'))],
    ['another token', at('sns.us-east-1.amazonaws.com', right.replace('ab12', 'ab13'))],
    ['a path', at('sns.us-east-1.amazonaws.com', right).replace('/?', '/x?')],
  ])('is not confirmed with %s', (_what, url) => {
    expect(confirmationUrl(url, TOPIC, 'ab12', isSnsHost)).toBeNull();
  });
});
