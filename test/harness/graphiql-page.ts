import type { Browser, Locator, Page } from 'playwright-core';

const PATIENCE_MS = 10_000;

/** GraphiQL in a browser, used as a person does: by what is seen, with mouse and keyboard. */
export class GraphiqlPage {
  /** Addresses that the page has asked for, sockets included. */
  readonly asked: string[] = [];
  /** What the browser complained of. */
  readonly complaints: string[] = [];

  private constructor(readonly page: Page) {
    page.context().on('request', (request) => this.asked.push(request.url()));
    page.on('websocket', (socket) => this.asked.push(socket.url()));
    page.on('pageerror', (error) => this.complaints.push(String(error)));
    page.on('console', (message) => {
      if (['error', 'warning'].includes(message.type())) this.complaints.push(message.text());
    });
  }

  static async open(browser: Browser, address: string): Promise<GraphiqlPage> {
    const page = await browser.newPage({
      viewport: { width: 1400, height: 1000 },
      permissions: ['clipboard-read', 'clipboard-write'],
    });
    const opened = new GraphiqlPage(page);
    page.setDefaultTimeout(PATIENCE_MS);
    await page.goto(address);
    await page.getByRole('region', { name: 'Operation Editor' }).locator('.view-lines').waitFor();
    return opened;
  }

  close(): Promise<void> {
    return this.page.context().close();
  }

  async takesTab(title: string): Promise<void> {
    await this.page.getByRole('button', { name: title, exact: true }).click();
  }

  async writesOperation(text: string): Promise<void> {
    await this.replace(this.page.getByRole('region', { name: 'Operation Editor' }), text);
  }

  async writesVariables(variables: object): Promise<void> {
    await this.page.getByRole('button', { name: 'Variables', exact: true }).click();
    await this.replace(this.toolEditor, JSON.stringify(variables));
  }

  async writesHeaders(headers: object): Promise<void> {
    await this.page.getByRole('button', { name: 'Headers', exact: true }).click();
    await this.replace(this.toolEditor, JSON.stringify(headers));
  }

  async runs(): Promise<void> {
    await this.page.getByRole('button', { name: /^Execute query/ }).click();
  }

  async stops(): Promise<void> {
    await this.page.getByRole('button', { name: /^Stop query/ }).click();
  }

  /** Waits until the answer shows the words. */
  async shows(words: string): Promise<void> {
    await this.page.getByRole('region', { name: 'Result Window' }).getByText(words).first().waitFor();
  }

  private get toolEditor(): Locator {
    return this.page.locator('.graphiql-editor-tool .graphiql-editor:visible');
  }

  /** Pasted: what is typed the editor completes with brackets. */
  private async replace(editor: Locator, text: string): Promise<void> {
    await this.page.evaluate(`navigator.clipboard.writeText(${JSON.stringify(text)})`);
    await editor.locator('.view-lines').click();
    await this.page.keyboard.press('ControlOrMeta+A');
    await this.page.keyboard.press('ControlOrMeta+V');
  }
}
