// A text that did not arrive, sent anew: it is another text, and so are the pictures that go with it.
import { uploadMedia } from '../api/client.ts';
import type { Live } from '../api/live.ts';
import type { Media, Message } from '../api/protocol.ts';
import { mediaURL } from './Media.tsx';

// canGoAgain: what could not arrive as it is will not the second time, and what is gone can't be sent.
export const canGoAgain = ({ error, media = [] }: Message) => error?.retryable === true && media.every((m) => m.state === 'ready');

async function copy(of: Media): Promise<number> {
  const file = await fetch(mediaURL(of));
  if (!file.ok) throw new Error(file.statusText);
  return (await uploadMedia(await file.blob())).id!;
}

// sendAgain fails when a picture can't be had; nothing is sent then.
export async function sendAgain(live: Live, chat: number, { text, media = [] }: Message): Promise<void> {
  await live.send(chat, text, await Promise.all(media.map(copy)));
}
