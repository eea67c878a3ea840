/** A time as a list shows it: day and minute, as the server wrote it (China's time). */
export function moment(text: string | null): string {
  return text ? text.slice(0, 16).replace('T', ' ') : ''
}
