import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { BrowserContext, Page } from 'playwright-core';
import { testConfig } from './config.ts';

/** Milliseconds for one step on a machine under load. */
const patience = 30_000;

export interface VisitOptions {
  /** Pixels; 1280 × 800 by default. */
  size?: { width: number; height: number };
  /** Milliseconds until the page must be usable; 30,000 by default. */
  patience?: number;
  /** The address to open instead of the start page. */
  link?: string;
}

/** Chromium logs the 4xx of a refused operation as an error; that is no fault of the page. */
const refused = /^Failed to load resource: the server responded with a status of 4\d\d/;

/** Records what a page must never do: call another origin, violate the policy, fail. */
export class Watch {
  private readonly faults: string[] = [];

  constructor(context: BrowserContext, origin: string) {
    const own = new URL(origin);
    context.on('request', (request) => {
      const url = new URL(request.url());
      if (url.origin !== own.origin && !['blob:', 'data:'].includes(url.protocol))
        this.faults.push(`asked ${url.href}`);
    });
    context.on('weberror', (error) => this.faults.push(`failed: ${error.error().message}`));
    context.on('console', (message) => {
      // Policy violations are also reported here.
      if (message.type() === 'error' && !refused.test(message.text())) this.faults.push(`said ${message.text()}`);
    });
    context.on('page', (page) => {
      page.on('websocket', (socket) => {
        if (new URL(socket.url()).host !== own.host) this.faults.push(`opened ${socket.url()}`);
      });
      page.on('crash', () => this.faults.push('crashed'));
    });
  }

  /** Fails with the faults since the last check. */
  check(): void {
    const faults = this.faults.splice(0);
    if (faults.length > 0) throw new Error(`The page must not do this:\n${faults.join('\n')}`);
  }
}

/** The explorer in a page, used as a person does: through what is visible. */
export class Explorer {
  readonly page: Page;
  readonly #url: string;

  private constructor(page: Page, url: string) {
    this.page = page;
    this.#url = url;
  }

  /** Opens the explorer as on a first visit, with no stored state. */
  static async visit(context: BrowserContext, url: string, options: VisitOptions = {}): Promise<Explorer> {
    const page = await context.newPage();
    page.setDefaultTimeout(patience);
    const explorer = new Explorer(page, url);
    await explorer.afresh(options);
    return explorer;
  }

  /** Opens it as on a first visit in the same page, with no stored state. */
  async afresh(options: VisitOptions = {}): Promise<void> {
    await this.page.setViewportSize(options.size ?? { width: 1280, height: 800 });
    await this.page.goto(`${this.#url}/health/live`);
    await this.page.evaluate('localStorage.clear(), sessionStorage.clear()');
    await this.open(options.patience, options.link);
  }

  /** Loads or reloads the page, and waits until it can be used. */
  async open(limit = patience, address = `${this.#url}/`): Promise<void> {
    await this.page.goto(address);
    await this.page.locator('.graphiql-query-editor .view-line').first().waitFor({ timeout: limit });
    await this.page.locator('.graphiql-execute-button:not([disabled])').waitFor();
  }

  /** Signs in from the page; waits for the name in the corner or an error. */
  async signIn(email: string, password: string): Promise<void> {
    const { page } = this;
    if (!(await page.getByTestId('sign-in-form').isVisible())) await page.getByTestId('sign-in-button').click();
    await page.getByTestId('sign-in-email').fill(email);
    await page.getByTestId('sign-in-password').fill(password);
    await page.getByTestId('sign-in-submit').click();
    const said = page.getByTestId('sign-in-error').filter({ hasText: /\S/ });
    await page.getByTestId('account-button').or(said).first().waitFor();
  }

  async search(text: string): Promise<void> {
    await this.page.getByTestId('systems-search').fill(text);
    await this.page
      .getByTestId('systems-count')
      .filter({ hasText: /^Found in/ })
      .waitFor();
  }

  /** Opens an example that is visible in the panel. */
  async example(name: string): Promise<void> {
    await this.page.locator(`[data-example="${name}"]`).click();
    await this.#holds(name);
  }

  /** Inserts a root field that is visible in the panel. */
  async root(name: string): Promise<void> {
    await this.page.locator(`[data-root="${name}"]:enabled`).click();
    await this.#holds(name);
  }

  /** Replaces the editor's text by one line: at line ends the editor would close brackets automatically. */
  async write(text: string, editor: 'query' | 'variables' = 'query'): Promise<void> {
    const place = editor === 'query' ? '.graphiql-query-editor' : '.graphiql-editor-tool';
    await this.page.locator(`${place} .monaco-editor:visible`).first().click();
    await this.page.keyboard.press('Control+A');
    await this.page.keyboard.press('Delete');
    const line = text.replaceAll(/\s*\n\s*/g, ' ');
    await this.page.keyboard.insertText(line);
    await this.#holds(line.slice(-20), editor);
  }

  /** The editor's text without indentation. */
  async written(editor: 'query' | 'variables' = 'query'): Promise<string> {
    const place = editor === 'query' ? '.graphiql-query-editor' : '.graphiql-editor-tool';
    const lines = await this.page.locator(`${place} .view-line:visible`).allInnerTexts();
    return lines.join(' ').replaceAll(/\s+/g, ' ').trim();
  }

  /** Presses play and waits for the answer; returns the text of the status line. */
  async play(): Promise<string> {
    const id = this.page.getByTestId('request-id');
    const before = (await id.count()) > 0 ? await id.innerText() : '';
    await this.press();
    const other = id.filter({ hasNotText: before || /^$/ });
    await other.waitFor();
    return this.status();
  }

  /** Presses the round start and stop button. */
  async press(): Promise<void> {
    await this.page.locator('.graphiql-execute-button').click();
  }

  status(): Promise<string> {
    return this.page.getByTestId('status').innerText();
  }

  async until(words: RegExp): Promise<void> {
    await this.page.getByTestId('status').filter({ hasText: words }).waitFor();
  }

  async show(view: 'json' | 'table' | 'chart'): Promise<void> {
    await this.page.getByTestId(`view-${view}`).click();
  }

  /** The table as shown: its columns, and its rows without their numbers. */
  async table(): Promise<{ columns: string[]; rows: string[][] }> {
    const table = this.page.getByTestId('result-table');
    await table.waitFor();
    const columns = await table.locator('thead button > span:first-child').allInnerTexts();
    const cells = await table.locator('tbody td').allInnerTexts();
    const rows = Array.from({ length: cells.length / Math.max(columns.length, 1) }, (_, row) =>
      cells.slice(row * columns.length, (row + 1) * columns.length),
    );
    return { columns, rows };
  }

  /** The figures beside the chart: for each label its figure in each series. Waits until the chart is drawn. */
  async chart(): Promise<{
    series: string[];
    figures: Map<string, Map<string, string>>;
  }> {
    await this.page.locator('[data-testid="chart-canvas"] > svg').waitFor();
    const figures = this.page.getByTestId('chart-figures');
    const series = (await figures.locator('thead th').allTextContents()).slice(1);
    const labels = await figures.locator('tbody th').allTextContents();
    const cells = await figures.locator('tbody td').allTextContents();
    const row = (at: number) =>
      series.flatMap((name, index) => {
        const text = cells[at * series.length + index] ?? '';
        return text === '' ? [] : [[name, text] as const];
      });
    return { series, figures: new Map(labels.map((label, at) => [label, new Map(row(at))])) };
  }

  /** Saves the table or the chart; returns the file's name and text. */
  async saveCsv(): Promise<{ name: string; text: string }> {
    const { name, bytes } = await this.save('csv');
    return { name, text: bytes.toString('utf8') };
  }

  async save(kind: 'csv' | 'json' | 'svg' | 'png'): Promise<{ name: string; bytes: Buffer }> {
    const coming = this.page.waitForEvent('download');
    await this.page.getByTestId(`save-${kind}`).click();
    const download = await coming;
    return { name: download.suggestedFilename(), bytes: readFileSync(await download.path()) };
  }

  /** The error texts below the answer; empty if there are none. */
  failures(): Promise<string[]> {
    return this.page.getByTestId('failures').locator('li').allInnerTexts();
  }

  /** Takes a screenshot, if enabled. */
  async picture(name: string): Promise<void> {
    const { screenshots } = testConfig();
    if (screenshots !== null) await this.page.screenshot({ path: join(screenshots, `${name}.png`) });
  }

  async #holds(text: string, editor: 'query' | 'variables' = 'query'): Promise<void> {
    const wanted = text.replaceAll(/\s+/g, ' ').trim().toLowerCase();
    const until = Date.now() + patience;
    while (!(await this.written(editor)).toLowerCase().includes(wanted)) {
      if (Date.now() > until) throw new Error(`The editor does not hold ${wanted} but ${await this.written(editor)}`);
      await this.page.waitForTimeout(50);
    }
  }
}
