// Read parts of the archive. A server that sends no parts (python -m http.server) sends the whole
// file once, if that is not too large for a browser's memory.

const MOST_BYTES = 256 * 1024 * 1024;

export class ArchiveSource {
  #sendsParts = false;
  #whole = null;

  constructor(name, base) {
    this.name = name;
    this.url = new URL(name, base).href;
  }

  getKey() {
    return this.name;
  }

  async getBytes(offset, length, signal, etag) {
    if (this.#whole === null) {
      const headers = { Range: `bytes=${offset}-${offset + length - 1}` };
      // Who wants one tile no more must not break off what may become the whole file.
      const response = await fetch(this.url, this.#sendsParts ? { headers, signal } : { headers });
      if (response.status === 206) {
        this.#sendsParts = true;
        return this.#part(response, etag);
      }
      this.#whole ??= this.#all(response);
    }
    const whole = await this.#whole;
    return { data: whole.slice(offset, offset + length) };
  }

  async #part(response, etag) {
    const found = response.headers.get("ETag") ?? undefined;
    // The archive was replaced; its directory is read anew.
    if (etag && found && etag !== found) throw new pmtiles.EtagMismatch(`${this.url} has changed`);
    return { data: await response.arrayBuffer(), etag: found };
  }

  async #all(response) {
    if (!response.ok) throw new Error(`${this.url}: ${response.status} ${response.statusText}`);
    const size = Number(response.headers.get("Content-Length"));
    if (size > MOST_BYTES) {
      throw new Error(`${this.url}: the server sends no parts of files, and ${size} bytes are many`);
    }
    return response.arrayBuffer();
  }
}
