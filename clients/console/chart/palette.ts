/**
 * Colours that people with any kind of colour blindness can distinguish (after Okabe and Ito, 2008), darkened or lightened to a
 * contrast of 3:1 with the background. Series also differ by position, dashes and name.
 */
export interface Palette {
  readonly background: string;
  readonly text: string;
  readonly quiet: string;
  readonly series: readonly string[];
  readonly others: string;
}

export const PALETTES: Readonly<Record<'light' | 'dark', Palette>> = {
  light: {
    background: '#ffffff',
    text: '#3b4b68',
    quiet: '#d5dae3',
    series: ['#0072b2', '#c77700', '#00845f', '#b0508a', '#c04a00', '#2f93cc', '#7a6a00'],
    others: '#7d8696',
  },
  dark: {
    background: '#212a3b',
    text: '#b7c2d7',
    quiet: '#45506a',
    series: ['#56a8e0', '#f0ad4e', '#2fc49a', '#e39cc4', '#f07a3a', '#9bd3f7', '#d8c64a'],
    others: '#929cb0',
  },
};

/** Dashes of lines, so that they differ without colour, too. */
export const DASHES = ['', '7 3', '2 3', '9 3 2 3', '4 4', '12 4', '1 4', '6 2 2 2'] as const;
