import { shortDuration } from '../../src/apps/duration.ts';

const FRAMES = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];
const FRAME_MS = 90;
const TITLE_WIDTH = 46;

/** How a phase speaks while it runs. */
export interface Phase {
  /** Replaces what is shown behind its title. */
  readonly say: (detail: string) => void;
}

/** A phase that is over. */
export interface PhaseTime {
  readonly phase: string;
  readonly ms: number;
}

/** Phases with a spinner on a terminal, plain lines elsewhere, JSON lines on request. */
export class Screen {
  readonly times: PhaseTime[] = [];
  readonly #isJson: boolean;
  readonly #isTty: boolean;
  readonly #hasColor: boolean;

  constructor(isJson: boolean) {
    this.#isJson = isJson;
    this.#isTty = process.stdout.isTTY && !isJson;
    this.#hasColor = this.#isTty && (process.env['NO_COLOR'] ?? '') === '';
  }

  /** A word in colour, where colours are wanted. */
  paint(code: 1 | 2 | 31 | 32 | 36, text: string): string {
    return this.#hasColor ? `\u001b[${code}m${text}\u001b[0m` : text;
  }

  /** A line for people. */
  line(text = ''): void {
    if (!this.#isJson) process.stdout.write(`${text}\n`);
  }

  /** A line for programs. */
  json(value: object): void {
    if (this.#isJson) process.stdout.write(`${JSON.stringify(value)}\n`);
  }

  /** Runs one phase. `work` gives its result and the words that stay behind the title. */
  async phase<T>(title: string, work: (phase: Phase) => Promise<readonly [T, string]>): Promise<T> {
    const started = performance.now();
    let detail = '';
    let frame = 0;
    const draw = (): void => {
      const took = shortDuration(performance.now() - started);
      const glyph = this.paint(36, FRAMES[frame++ % FRAMES.length] ?? '');
      const text = `${title.padEnd(TITLE_WIDTH)} ${took.padStart(8)}  `;
      const room = Math.max(0, process.stdout.columns - text.length - 5);
      process.stdout.write(`\r\u001b[2K ${glyph} ${text}${this.paint(2, detail.slice(0, room))}`);
    };
    const timer = this.#isTty ? setInterval(draw, FRAME_MS) : undefined;
    this.json({ type: 'phase-started', phase: title });
    const end = (glyph: string, words: string): number => {
      clearInterval(timer);
      const ms = Math.round(performance.now() - started);
      const clear = this.#isTty ? '\r\u001b[2K' : '';
      this.line(`${clear} ${glyph} ${title.padEnd(TITLE_WIDTH)} ${shortDuration(ms).padStart(8)}  ${words}`);
      return ms;
    };
    try {
      const [result, words] = await work({ say: (text) => (detail = text) });
      const ms = end(this.paint(32, '✔'), this.paint(2, words));
      this.times.push({ phase: title, ms });
      this.json({ type: 'phase', phase: title, ms, detail: words });
      return result;
    } catch (error) {
      end(this.paint(31, '✖'), '');
      throw error;
    }
  }
}
