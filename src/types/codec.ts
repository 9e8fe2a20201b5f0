/**
 * How values of one type travel to one database and back. Dialects make codecs; this floor only names them.
 */

/** Both directions for one type. An absent one leaves values as they are; null reaches neither. */
export interface Codec {
  /** Turns a value of the program, which passed the type's `check`, into what the client library binds. */
  encode?(value: unknown): unknown;
  /** Turns what the client library read into a value of the program. */
  decode?(raw: unknown): unknown;
}
