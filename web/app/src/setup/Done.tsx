// What comes after the first run: the first text.
import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { useEffect, useRef } from 'react';
import { Copy } from '../admin/parts/Copy.tsx';
import { answered, client, getSession } from '../api/client.ts';
import { queryKeys } from '../api/keys.ts';
import { useWords } from '../i18n/index.ts';
import { partStyles } from '../parts/index.tsx';
import { tel } from '../parts/tel.ts';
import { forget, useDraft } from './draft.ts';
import s from './setup.module.css';
import { words } from './words.ts';

export function Done() {
  const say = useWords(words);
  const navigate = useNavigate();
  const { data: session } = useQuery({ queryKey: queryKeys.session, queryFn: getSession, staleTime: Infinity });
  const { carrier, number } = useDraft();
  const accounts = useQuery({ queryKey: ['setupAccounts'], queryFn: async () => answered(await client.GET('/carrier-accounts')), enabled: carrier === 'twilio' });
  const title = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    useDraft.setState({ password: '', auth: '' });
    title.current?.focus();
  }, []);
  const account = accounts.data?.[0];
  const toDesk = () => {
    forget();
    void navigate({ to: '/desk' });
  };

  return (
    <>
      <h1 ref={title} tabIndex={-1}>
        {say('done.title', { company: session?.tenant.name ?? '' })}
      </h1>
      {carrier === 'twilio' ? (
        <>
          <p className={s.lead}>{say('done.twilio', { number: tel(number) })}</p>
          {account && (
            <div className={s.addresses}>
              <Copy label={say('done.messages')} value={account.messages_url} />
              <Copy label={say('done.voice')} value={account.voice_url} />
            </div>
          )}
        </>
      ) : (
        <p className={s.lead}>{say('done.simulator')}</p>
      )}
      <div className={s.actions}>
        {carrier !== 'twilio' && (
          <Link to="/simulator" search={{ to: number.replace(/[^\d+]/g, '') || undefined }} target="_blank" className={partStyles.button} data-look="primary" data-size="form" onClick={() => setTimeout(toDesk)}>
            {say('done.text')}
          </Link>
        )}
        <Link to="/desk" className={partStyles.button} data-look={carrier === 'twilio' ? 'primary' : 'quiet'} data-size="form" onClick={forget}>
          {say('done.desk')}
        </Link>
      </div>
    </>
  );
}
