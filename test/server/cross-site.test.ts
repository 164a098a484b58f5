import { expect, test } from 'vitest';
import { crossSite, isFormType } from '../../src/server/cross-site.ts';

const OWN = ['127.0.0.1:3000', 'mail.example.co.jp'];

test.each([
  [{ 'sec-fetch-site': 'same-origin' }],
  [{ 'sec-fetch-site': 'none' }],
  [{ origin: 'http://127.0.0.1:3000' }],
  [{ origin: 'https://mail.example.co.jp' }],
  [{ origin: 'https://MAIL.example.co.jp:443' }],
  // A proxy that changes Host: the browser's own word counts.
  [{ 'sec-fetch-site': 'same-origin', origin: 'https://console.internal' }],
  // No browser.
  [{}],
])('%j is one of ours', (headers) => {
  expect(crossSite(headers, OWN)).toBeNull();
});

test.each([
  [{ 'sec-fetch-site': 'cross-site' }],
  [{ 'sec-fetch-site': 'same-site' }],
  [{ 'sec-fetch-site': 'cross-site', origin: 'http://127.0.0.1:3000' }],
  [{ 'sec-fetch-site': 'something new' }],
  [{ origin: 'http://127.0.0.1:3001' }],
  [{ origin: 'http://localhost:3000' }],
  [{ origin: 'https://mail.example.co.jp.evil.example' }],
  [{ origin: 'https://evil.example/mail.example.co.jp' }],
  [{ origin: 'null' }],
  [{ origin: '' }],
  [{ origin: 'file://' }],
])('%j is not', (headers) => {
  expect(crossSite(headers, OWN)).not.toBeNull();
});

test('what a form can send is known by its type, however it is written', () => {
  const types = [
    'application/x-www-form-urlencoded',
    'Application/X-WWW-Form-Urlencoded; charset=utf-8',
    'multipart/form-data; boundary=x',
    ' text/plain',
    'text/plain;application/json',
  ];
  expect(types.map(isFormType)).toEqual(types.map(() => true));
  const others = ['application/json', 'text/csv', 'text/plainer', undefined];
  expect(others.map(isFormType)).toEqual(others.map(() => false));
});
