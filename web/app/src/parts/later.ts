// Parts that come after the first page: when they are needed, or a moment after the page stands, so that they are there when
// the connection is not. A load that failed is tried again; one lost packet must not cost a dialog until the next reload.
import { lazy, type ComponentType, type LazyExoticComponent } from 'react';
import { retryDelay } from '../api/retry.ts';

type Load<M> = () => Promise<M>;

const tries = 8; // a minute and a half; what does not come by then is gone from the server, and a reload brings what there is now

const parts: Load<unknown>[] = [];
let warmed = false;

// later is a part of the page with its own chunk; any, as React's own lazy has it.
export function later<C extends ComponentType<any>>(load: Load<{ default: C }>): LazyExoticComponent<C> {
  const once = persistent(load);
  parts.push(once);
  if (warmed) warm();
  return lazy(once);
}

// warm loads what was not needed yet, one after the other.
export function warm(): void {
  warmed = true;
  const next = parts.shift();
  if (next) void next().catch(() => {}).then(warm);
}

// persistent is a load that tries again after a while, and again from the start when it is asked after it gave up.
export function persistent<M>(load: Load<M>, wait: (attempt: number) => Promise<void> = pause): Load<M> {
  let loading: Promise<M> | undefined;
  const attempt = async (n: number): Promise<M> => {
    try {
      return await load();
    } catch (e) {
      if (n + 1 === tries) throw e;
      await wait(n);
      return attempt(n + 1);
    }
  };
  return () => (loading ??= attempt(0).catch((e: unknown) => {
    loading = undefined;
    throw e;
  }));
}

// pause lasts as long as between two attempts to connect, or until the network is back.
function pause(attempt: number): Promise<void> {
  return new Promise((done) => {
    const go = () => {
      clearTimeout(timer);
      removeEventListener('online', go);
      done();
    };
    const timer = setTimeout(go, retryDelay(attempt));
    addEventListener('online', go);
  });
}
