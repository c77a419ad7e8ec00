import { Store } from '../store.ts';
import { readView } from './view-names.ts';
import type { View } from './view-names.ts';

const KEY = 'ensemble:view';

/** The last chosen view, stored in this browser. */
export class ViewChoice {
  readonly current = new Store<View>(readView(localStorage.getItem(KEY)) ?? 'json');

  show(view: View): void {
    localStorage.setItem(KEY, view);
    this.current.set(view);
  }
}
