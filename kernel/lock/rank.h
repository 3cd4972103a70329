/* Lock ranks: layer * 16 + sub-rank. A context that holds rank r may take only ranks below r.
 *
 * The layers are those of kernel/LAYERS (lint compares), so the include order is the lock order.
 * Sub-ranks order the locks of one folder and are named in the folder's own header next to the
 * lock.
 */
#pragma once

enum layer {
    LAYER_ABI,
    LAYER_LIB,
    LAYER_X86,
    LAYER_DEBUG,
    LAYER_LOCK,
    LAYER_MM,
    LAYER_SCHED,
    LAYER_SYNC,
    LAYER_BLOCK,
    LAYER_VM,
    LAYER_FS,
    LAYER_IPC,
    LAYER_NET,
    LAYER_PROC,
    LAYER_DEV,
    LAYER_WASM,
    LAYER_EXO,
    LAYER_SYS,
    LAYER_MAIN,
};
#define RANK(layer, sub) ((LAYER_##layer) * 16 + (sub))
/* A lock that is taken under the locks of whoever calls (nested tables): below everything of layer.
 */
#define RANK_LEAF(layer) RANK(layer, 0)
