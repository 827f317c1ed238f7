// languageName names a language in itself: Español, English.
export function languageName(code: string): string {
  try {
    const name = new Intl.DisplayNames([code], { type: 'language' }).of(code) ?? code;
    return name[0]!.toUpperCase() + name.slice(1);
  } catch {
    return code;
  }
}
