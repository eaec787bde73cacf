import t from "tap";

/** A file that is run alone has tap's 30 s, which a busy machine uses up; the runner gives as much (.taprc). */
t.setTimeout(180_000);
