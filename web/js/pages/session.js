/** The session page: the room on the real line. */

import { answers } from "../lib/dom.js";
import { Signal } from "../models/signal.js";
import { openRoom } from "./session/room.js";

openRoom((root) => new Signal(`/session/${root.dataset.booking}`));
answers();
