// Why a chat or a text is what it is: the decisions, oldest first, in plain sentences with their facts.
import { useQuery } from '@tanstack/react-query';
import { whyChat, whyMessage } from '../api/calls.ts';
import { useT } from '../i18n/index.ts';
import '../i18n/laterWords.ts';
import { secondsOf } from '../parts/clock.ts';
import { ErrorState, Skeleton } from '../parts/index.tsx';
import { Modal } from '../parts/modal.tsx';
import { useSaying } from '../parts/saying.ts';
import { useUi } from '../ui.ts';
import s from './history.module.css';

export type About = { chat: number } | { message: number };

export default function Why({ about }: { about: About }) {
  const t = useT();
  const say = useSaying();
  const ofChat = 'chat' in about;
  const { data, error, refetch } = useQuery({ queryKey: ['why', about], queryFn: () => (ofChat ? whyChat(about.chat) : whyMessage(about.message)), gcTime: 0 });
  return (
    <Modal opened onClose={() => useUi.setState({ why: null })} title={t(ofChat ? 'why.chat' : 'why.text')} size={620} closeButtonProps={{ 'aria-label': t('app.close') }}>
      {error && <ErrorState title={t('why.failed')} error={error} retry={() => void refetch()} />}
      {!data && !error && <Skeleton width="80%" height={60} />}
      {data?.length === 0 && <p>{t('why.none')}</p>}
      <ol className={s.steps} tabIndex={0} aria-label={t(ofChat ? 'why.chat' : 'why.text')}>
        {data?.map((step, i) => (
          <li key={i}>
            <time dateTime={step.at}>{secondsOf(step.at)}</time>
            <div>
              <p>{say(step)}</p>
              <details hidden={Object.keys(step.facts).length === 0}>
                <summary>{t('why.details')}</summary>
                <dl>
                {Object.entries(step.facts).map(([name, value]) => (
                  <div key={name}>
                    <dt>{name.replaceAll('_', ' ')}</dt>
                    <dd>{typeof value === 'object' ? JSON.stringify(value) : String(value)}</dd>
                  </div>
                ))}
                </dl>
              </details>
            </div>
          </li>
        ))}
      </ol>
    </Modal>
  );
}
