// The handsets that there are: choose, add, rename, remove.
import { useQuery } from '@tanstack/react-query';
import { Ellipsis, Plus } from 'lucide-react';
import { useState, type FormEvent } from 'react';
import type { Handset, SimulatorNumber } from '../api/client.ts';
import { useT } from '../i18n/index.ts';
import { aria } from '../keys/registry.ts';
import { useKey } from '../keys/useKey.ts';
import { Avatar, Button, Select } from '../parts/index.tsx';
import { Modal } from '../parts/modal.tsx';
import { Menu, MenuItem } from '../parts/menu.tsx';
import { tel } from '../parts/tel.ts';
import { notice } from '../parts/toast.tsx';
import { textsOf, type HandsetFaults } from './carrier.ts';
import { optedOutOf } from './consent.ts';
import { add, freeNumber, handsetsOf, opened, openOf, plans, remove, rename, useBook, type Refusal } from './handsets.ts';
import { faultWords } from './Network.tsx';
import s from './sim.module.css';

interface Props {
  configured: readonly Handset[];
  handsets: readonly Handset[];
  current: Handset | undefined;
  numbers: readonly SimulatorNumber[];
  texting: (handset: Handset) => SimulatorNumber | undefined;
  faultsOf: (number: string) => HandsetFaults;
  onChoose: (h: Handset) => void;
  onAlone: (h: Handset) => void;
}

export function HandsetList({ configured, handsets, current, numbers, texting, faultsOf, onChoose, onAlone }: Props) {
  const t = useT();
  const book = useBook();
  const [asking, setAsking] = useState<'add' | Handset | null>(null);
  const open = openOf(handsets, book);
  const close = (h: Handset) => useBook.setState({ open: open.filter((o) => o !== h).map((o) => o.number) });
  useKey('addHandset', () => setAsking('add'));

  const drop = (h: Handset) => {
    useBook.setState((b) => remove(b, handsetsOf(configured, b), h.number));
    notice(t('sim.removed', { name: h.name }));
  };

  return (
    <>
      <header className={s.head}>
        <h1>{t('sim.title')}</h1>
        <Button aria-keyshortcuts={aria('addHandset')} onClick={() => setAsking('add')}>
          <Plus aria-hidden />
          {t('sim.add')}
        </Button>
      </header>
      <ul className={s.handsets}>
        {handsets.map((h, i) => {
          return (
            <li key={h.number} data-current={h === current || undefined} data-open={open.includes(h) || undefined}>
              <button type="button" className={s.handset} aria-pressed={h === current} aria-keyshortcuts={i < 9 ? `Alt+${i + 1}` : undefined} onClick={() => onChoose(h)}>
                <Avatar name={h.name} />
                <span className={s.handsetText}>
                  <strong>{h.name}</strong>
                  <span>{tel(h.number)}</span>
                  <State handset={h} trouble={faultWords(t, faultsOf(h.number))} texting={texting(h)} numbers={numbers} />
                </span>
              </button>
              <Menu
                button={
                  <button type="button" className={s.more} aria-label={t('sim.more', { name: h.name })}>
                    <Ellipsis aria-hidden />
                  </button>
                }
              >
                {open.includes(h) ? (
                  <MenuItem disabled={open.length === 1} onClick={() => close(h)}>
                    {t('sim.close', { name: h.name })}
                  </MenuItem>
                ) : (
                  <MenuItem onClick={() => useBook.setState({ open: opened(open.map((o) => o.number), h.number) })}>{t('sim.open')}</MenuItem>
                )}
                <MenuItem onClick={() => onAlone(h)}>{t('sim.bare')}</MenuItem>
                <MenuItem onClick={() => setAsking(h)}>{t('sim.rename')}</MenuItem>
                <MenuItem disabled={handsets.length === 1} onClick={() => drop(h)}>
                  {t('sim.remove')}
                </MenuItem>
              </Menu>
            </li>
          );
        })}
        {book.removed.some((n) => !handsets.some((h) => h.number === n)) && (
          <li className={s.restore}>
            <Button look="link" onClick={() => useBook.setState((b) => ({ removed: b.removed.filter((n) => b.added.some((h) => h.number === n)) }))}>
              {t('sim.restore', { n: book.removed.filter((n) => !handsets.some((h) => h.number === n)).length })}
            </Button>
          </li>
        )}
      </ul>
      {asking === 'add' && <AddHandset handsets={handsets} onClose={() => setAsking(null)} onAdded={onChoose} />}
      {asking !== null && asking !== 'add' && <Rename handset={asking} onClose={() => setAsking(null)} />}
    </>
  );
}

// State is what the handset itself knows: its faults, the numbers it has opted out of, the one it texts.
function State({ handset, trouble, texting, numbers }: { handset: Handset; trouble: string; texting: SimulatorNumber | undefined; numbers: readonly SimulatorNumber[] }) {
  const t = useT();
  const texts = useQuery(textsOf(handset.number)).data;
  const out = optedOutOf(texts ?? []).map((n) => numbers.find((x) => x.e164 === n)?.label || tel(n));
  const what = [out.length > 0 && t('sim.optedOut', { label: out.join(', ') }), trouble].filter(Boolean).join(' · ');
  return <small data-trouble={what !== '' || undefined}>{what || (texting ? t('sim.texting', { label: texting.label }) : t('sim.idle'))}</small>;
}

function AddHandset({ handsets, onClose, onAdded }: { handsets: readonly Handset[]; onClose: () => void; onAdded: (h: Handset) => void }) {
  const t = useT();
  const [country, setCountry] = useState(plans[0]!.country);
  const [name, setName] = useState('');
  const [number, setNumber] = useState(() => freeNumber(plans[0]!, handsets));
  const [bad, setBad] = useState<Refusal | null>(null);

  const pick = (next: string) => {
    setCountry(next);
    setNumber(freeNumber(plans.find((p) => p.country === next)!, handsets));
  };
  const submit = (e: FormEvent) => {
    e.preventDefault();
    const next = add(useBook.getState(), handsets, { name, number });
    if (typeof next === 'string') return setBad(next);
    useBook.setState(next);
    onClose();
    onAdded(next.added.at(-1)!);
  };
  const field = (id: Refusal) => ({ 'aria-invalid': bad === id, 'aria-describedby': bad ? 'sim-add-bad' : undefined });

  return (
    <Modal opened onClose={onClose} title={t('sim.add.title')} size={400} closeButtonProps={{ 'aria-label': t('app.close') }}>
      <form className={s.form} onSubmit={submit}>
        <label htmlFor="sim-add-name">{t('sim.add.name')}</label>
        <input id="sim-add-name" value={name} onChange={(e) => setName(e.target.value)} autoComplete="off" data-autofocus {...field('name')} />
        <label htmlFor="sim-add-country">{t('sim.add.country')}</label>
        <Select id="sim-add-country" label={t('sim.add.country')} value={country} options={plans.map((p) => ({ value: p.country, label: t(`sim.add.country.${p.country}` as 'sim.add.country.US') }))} onChange={pick} />
        <label htmlFor="sim-add-number">{t('sim.add.number')}</label>
        <input id="sim-add-number" type="tel" value={number} onChange={(e) => setNumber(e.target.value)} autoComplete="off" {...field('number')} />
        {bad && (
          <p id="sim-add-bad" className={s.bad} role="alert">
            {t(`sim.add.bad.${bad}`)}
          </p>
        )}
        <Button look="primary" size="form" type="submit">
          {t('sim.add.save')}
        </Button>
      </form>
    </Modal>
  );
}

function Rename({ handset, onClose }: { handset: Handset; onClose: () => void }) {
  const t = useT();
  const [name, setName] = useState(handset.name);
  const submit = (e: FormEvent) => {
    e.preventDefault();
    useBook.setState((b) => rename(b, handset, name));
    onClose();
  };
  return (
    <Modal opened onClose={onClose} title={t('sim.rename.title', { name: handset.name })} size={400} closeButtonProps={{ 'aria-label': t('app.close') }}>
      <form className={s.form} onSubmit={submit}>
        <label htmlFor="sim-rename">{t('sim.add.name')}</label>
        <input id="sim-rename" value={name} maxLength={40} onChange={(e) => setName(e.target.value)} autoComplete="off" data-autofocus />
        <Button look="primary" size="form" type="submit" disabled={name.trim() === ''}>
          {t('sim.rename.save')}
        </Button>
      </form>
    </Modal>
  );
}
