// Pictures on the phones: the bundled ones, a person's own files, and where those of a text can be seen. Pure.
export const samples = ['mug', 'label', 'dot'] as const;
export type Sample = (typeof samples)[number];

export interface Picture {
  source: string; // as the carrier takes it: sample:mug, or a data: URL
  shown: string; // an address on our own host, or the data: URL
  name: string;
}

export const mostPictures = 10;
export const mostBytes = 5 * 1024 * 1024; // all files of a text together: what one request may hold

export function samplePicture(name: Sample): Picture {
  return { source: `sample:${name}`, shown: `/sim/samples/${name}`, name };
}

// shownAt says where the page can load a text's picture. The carrier's own address asks for the account's password, so
// what lies there is read where the carrier keeps it; the product's links lead to our own host. Anything else is foreign
// and can't be shown: no page of ours loads from another host.
export function shownAt(address: string): string | null {
  if (!URL.canParse(address)) return null;
  const { pathname, search } = new URL(address);
  const kept = /^\/2010-04-01\/Accounts\/[^/]+\/Messages\/[^/]+\/Media\/(ME[0-9a-f]+)$/.exec(pathname);
  if (kept) return `/sim/media/${kept[1]}`;
  return /^\/media\/[^/]+$/.test(pathname) ? pathname + search : null;
}
