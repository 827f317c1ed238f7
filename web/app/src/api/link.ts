// The state of the connection, for the word in the bar and the banner. Written by live.ts alone.
import { create } from 'zustand';

export type Phase =
  | 'connecting' // the first time
  | 'live'
  | 'lost' // retrying
  | 'restarting' // the server said so: no alarm for a while
  | 'ended' // the session is over
  | 'replaced'; // signed in elsewhere

export interface Link {
  phase: Phase;
  lostAt: number | null;
  retryAt: number | null;
  catching: ReadonlySet<number>; // chats whose replay is not complete
  caughtUp: { texts: number; at: number } | null;
  delayed: boolean; // the server says that live updates are held up
  offersPaused: boolean; // an offer stood open when the connection broke
}

export const useLink = create<Link>(() => ({ phase: 'connecting', lostAt: null, retryAt: null, catching: new Set(), caughtUp: null, delayed: false, offersPaused: false }));
