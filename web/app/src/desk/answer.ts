// Taking an offer, or letting it go.
import type { RequestFailed } from '../api/live.ts';
import { useT } from '../i18n/index.ts';
import { notice } from '../parts/toast.tsx';
import { useConnected } from '../shell/live.tsx';
import { focusWhenOpen } from './focus.ts';

interface Answering {
  answer: (chat: number, stay?: boolean) => void; // stay: the agent is writing elsewhere
  decline: (chat: number) => void;
}

export function useAnswer(open: (id: number) => void): Answering {
  const t = useT();
  const live = useConnected()?.live;

  const failed = ({ refusal }: RequestFailed) => {
    if (refusal.code === 'already_taken' || refusal.code === 'offer_gone') return; // the card says it
    notice(refusal.code === 'at_limit' ? t('offer.atLimit') : t('offer.failed', { why: refusal.message }));
  };
  const taken = (chat: number) => {
    focusWhenOpen(chat);
    open(chat);
  };
  return {
    answer: (chat, stay) => void live?.accept(chat).then(() => stay || taken(chat), failed),
    decline: (chat) => void live?.decline(chat).catch((e: Error) => notice(e.message)),
  };
}
