import { expect, it } from 'vitest';
import { curlOf } from './curl.ts';

it('sends a text when the token may and a phone is named', () => {
  const text = curlOf('https://desk.example', 'st_1_x', ['sms', 'chats:read'], '+18885550100', '+14155550142')!;
  expect(text).toContain("curl 'https://desk.example/apps/api/v1/sms'");
  expect(text).toContain('"end_user_number":"+14155550142"');
});

it('reads chats when there is nobody to text', () => {
  expect(curlOf('https://desk.example', 'st_1_x', ['sms', 'chats:read'], '+18885550100', '')).toContain('/apps/api/v1/chats');
  expect(curlOf('https://desk.example', 'st_1_x', ['reports'], '', '')).toBeUndefined();
});

it('lets nothing out of its quotes', () => {
  expect(curlOf('https://desk.example', 'st_1_x', ['sms'], '+18885550100', "'; rm -rf ~")).toContain("'\\''; rm -rf ~");
});
