// telIn writes every number of a sentence as tel does.
export const telIn = (text: string) => text.replace(/\+\d{7,15}/g, tel);

// tel writes an E.164 number for reading: +1 (415) 555-0142. Short codes and other plans stay as they are.
export function tel(number: string): string {
  const us = /^\+1(\d{3})(\d{3})(\d{4})$/.exec(number);
  return us ? `+1 (${us[1]}) ${us[2]}-${us[3]}` : number;
}
