// Consent: the ledger, the do-not-contact list, and texts to decide about (spec 1.3; spec 6, 4.6).
import { useQuery } from '@tanstack/react-query';
import { Download, Upload } from 'lucide-react';
import { useState } from 'react';
import { useWords } from '../../i18n/index.ts';
import { useKey } from '../../keys/useKey.ts';
import { Button, partStyles, Segmented } from '../../parts/index.tsx';
import { Page } from '../parts/index.tsx';
import { useGo, useMayChange, usePlace } from '../place.ts';
import { words as shared } from '../words.ts';
import { consentKey, listFlags } from './api.ts';
import { FlagList } from './Flags.tsx';
import { Ledger, LedgerTools, useLedgerFilters } from './Ledger.tsx';
import { Add, ImportList, Listed, ListTools } from './Listed.tsx';
import { words } from './words.ts';

type View = 'ledger' | 'list' | 'flags';

export default function Consent() {
  const say = useWords(words);
  const base = useWords(shared);
  const go = useGo();
  const { rest } = usePlace();
  const may = useMayChange();
  const view: View = rest[0] === 'list' || rest[0] === 'flags' ? rest[0] : 'ledger';
  const [open, setOpen] = useState<'add' | 'import'>();
  const flags = useQuery({ queryKey: [...consentKey, 'flags'], queryFn: listFlags });
  const { query } = useLedgerFilters();
  const csv = new URLSearchParams(Object.entries(query).filter((e): e is [string, string] => typeof e[1] === 'string'));
  useKey('add', () => setOpen('add'), view === 'list' && may && !open);
  const n = flags.data?.total ?? 0;

  return (
    <Page
      title={base('nav.consent')}
      about={say('about')}
      actions={
        <>
          {view === 'ledger' && (
            <a className={partStyles.button} href={`/api/console/consent.csv?${csv}`} download>
              <Download aria-hidden />
              {base('act.export')}
            </a>
          )}
          {view === 'list' && may && (
            <>
              <Button onClick={() => setOpen('import')}>
                <Upload aria-hidden />
                {base('act.import')}
              </Button>
              <Button look="primary" keyId="add" onClick={() => setOpen('add')}>
                {say('list.add')}
              </Button>
            </>
          )}
        </>
      }
      tools={
        <>
          <Segmented<View>
            label={say('view')}
            value={view}
            onChange={(v) => go(v === 'ledger' ? 'consent' : `consent/${v}`)}
            options={[
              { value: 'ledger', label: say('view.ledger') },
              { value: 'list', label: say('view.list') },
              { value: 'flags', label: n > 0 ? say('view.flags.n', { n }) : say('view.flags') },
            ]}
          />
          {view === 'ledger' && <LedgerTools />}
          {view === 'list' && <ListTools />}
        </>
      }
    >
      {view === 'ledger' && <Ledger />}
      {view === 'list' && <Listed />}
      {view === 'flags' && <FlagList flags={flags} />}
      {open === 'add' && <Add onClose={() => setOpen(undefined)} />}
      {open === 'import' && <ImportList onClose={() => setOpen(undefined)} />}
    </Page>
  );
}
