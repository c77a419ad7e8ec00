/** A figure with grouped thousands, keeping every digit. */
export function grouped(text: string): string {
  const [whole = '', fraction] = text.split('.');
  if (!/^-?\d+$/.test(whole)) return text;
  return whole.replaceAll(/\B(?=(\d{3})+$)/g, ',') + (fraction === undefined ? '' : `.${fraction}`);
}
