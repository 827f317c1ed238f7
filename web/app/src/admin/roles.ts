// Roles in a sentence: "manager or admin".
import { useWords } from '../i18n/index.ts';
import type { Role } from './pages.ts';
import { words } from './words.ts';

export function useRoles(): (roles: readonly Role[]) => string {
  const say = useWords(words);
  return (roles) => {
    const names = roles.map((r) => say(`role.${r}`));
    return names.length < 2 ? (names[0] ?? '') : say('role.or', { list: names.slice(0, -1).join(', '), last: names.at(-1)! });
  };
}
