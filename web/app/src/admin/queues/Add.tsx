// A new queue: its name, its place, its keywords. Everything else it inherits.
import { useState } from 'react';
import { useWords } from '../../i18n/index.ts';
import { languageName } from '../../parts/language.ts';
import { notice } from '../../parts/toast.tsx';
import { Chips, Dialog, SelectField, TextField, useAction } from '../parts/index.tsx';
import { useSettings } from '../settings/useSettings.ts';
import { createQueue, type Channel, type Queue } from './api.ts';
import { names } from './tree.ts';
import { words } from './words.ts';

export function Add({ all, channel, under, onClose, onAdded }: { all: readonly Queue[]; channel: Channel; under: number | undefined; onClose: () => void; onAdded: (q: Queue) => void }) {
  const say = useWords(words);
  const settings = useSettings();
  const [name, setName] = useState('');
  const [parent, setParent] = useState(String(under ?? ''));
  const [lang, setLang] = useState('');
  const [keywords, setKeywords] = useState<string[]>([]);
  const main = String(settings.value('default_language') ?? 'en');
  const add = useAction(async () => {
    const made = await createQueue({ name, keywords, ...(parent ? { parent_id: Number(parent) } : { channel, lang: lang || main }) });
    notice(say('added', { name: made.name }));
    onAdded(made);
  });
  return (
    <Dialog title={say('add.title')} onClose={onClose} problem={add.elsewhere('name', 'parent_id', 'keywords', 'lang')} submit={{ label: say('add.act'), busy: add.busy, run: () => void add.run() }}>
      <TextField label={say('add.name')} value={name} onChange={setName} error={add.at('name')} data-autofocus />
      <SelectField
        label={say('add.under')}
        value={parent}
        error={add.at('parent_id')}
        options={[{ value: '', label: say('add.top') }, ...all.filter((q) => q.channel === channel).map((q) => ({ value: String(q.id), label: q.path }))]}
        onChange={setParent}
      />
      {!parent && <SelectField label={say('add.lang')} value={lang || main} error={add.at('lang')} options={(settings.languages.length ? settings.languages : [main]).map((value) => ({ value, label: languageName(value) }))} onChange={setLang} />}
      <Chips label={say('add.keywords')} hint={say('add.keywords.hint')} value={keywords} onChange={setKeywords} error={add.at('keywords')} bad={(word) => names(add.at('keywords'), word)} />
    </Dialog>
  );
}
