/**
 * A file as it comes: a report, packed or not, or the mail that it came in. Base64 makes a mail a third larger, and reporters keep
 * to the 10 MB or so that a mailbox takes.
 */
export const FILE_BYTES_MAX: number = 32 * 1024 * 1024;

/** A report, unpacked: some 25,000 records. All of it is in memory while it is read. */
export const XML_BYTES_MAX: number = 20 * 1024 * 1024;

/** Reports are packed 10 to 50 times. What is packed more, and is large, is made to fill memory. */
export const RATIO_MAX = 250;
export const RATIO_FREE_BYTES: number = 1024 * 1024;

/** Reporters send one report a zip. Somebody may pack a few again by hand. */
export const ZIP_ENTRIES_MAX = 16;

/** Lines of a mail that may part it; a report's mail has some five parts. */
export const MAIL_BOUNDARIES_MAX = 1_000;
export const MAIL_DEPTH_MAX = 20;
export const MAIL_REPORTS_MAX = 16;

/** The schema of RFC 9990 goes down seven levels. */
export const XML_DEPTH_MAX = 16;
export const XML_ELEMENTS_MAX = 1_000_000;
/** One text, or one tag with its attributes; in characters. */
export const XML_TEXT_MAX = 10_000;

export const RECORDS_MAX = 20_000;
/** Signatures of one mail that a record tells of. */
export const AUTH_RESULTS_MAX = 100;
/** Messages that one record may stand for. */
export const COUNT_MAX = 10_000_000_000;
/** What is kept of a name that a reporter writes; in characters. */
export const NAME_MAX = 255;

/** A report covers a day, or less; some cover a week. */
export const SPAN_DAYS_MAX = 62;
/** DMARC is of 2012 (seconds since 1970). */
export const BEGIN_SECONDS_MIN: number = Date.UTC(2012, 0, 1) / 1000;
/** Clocks of reporters may be ahead, and days of theirs end before ours. */
export const FUTURE_SECONDS_MAX = 2 * 86_400;

/** A report as it is kept; insertAll takes 10 MB a request. */
export const STORED_BYTES_MAX: number = 8 * 1024 * 1024;

/** Folders within folders. */
export const FOLDER_DEPTH_MAX = 20;
