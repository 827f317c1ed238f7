// A line on pages that a role may read and not change.
import { useWords } from '../../i18n/index.ts';
import { useRoles } from '../roles.ts';
import { usePlace } from '../place.ts';
import { words } from '../words.ts';
import s from './parts.module.css';

export function ReadOnly() {
  const say = useWords(words);
  const list = useRoles();
  const { page } = usePlace();
  return page ? <p className={s.note}>{say('readOnly', { roles: list(page.write) })}</p> : null;
}
