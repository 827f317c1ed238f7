// Leaving a page with unsaved changes asks first; closing the tab too.
import { useBlocker } from '@tanstack/react-router';
import { useWords } from '../../i18n/index.ts';
import { words } from '../words.ts';
import { Confirm } from './index.tsx';

// Within a part of the page (an address and what is below it) one may go about.
export function useLeaveGuard(unsaved: boolean, within?: string): React.ReactNode {
  const say = useWords(words);
  const blocker = useBlocker({ shouldBlockFn: ({ current, next }) => unsaved && current.pathname !== next.pathname && !(within !== undefined && `${next.pathname}/`.startsWith(`${within}/`)), enableBeforeUnload: unsaved, withResolver: true });
  if (blocker.status !== 'blocked') return null;
  return <Confirm title={say('unsaved.leave')} text={say('unsaved.text')} label={say('unsaved.go')} busy={false} onClose={blocker.reset} run={blocker.proceed} />;
}
