/* A stand-in for libnvidia-ml.so.1: two GPUs, fixed answers, and a count of what is open. It has setters, too, and
   remembers if one is called.
   -DHANGS, -DHANGS_REPORT: a getter, or the call for a report, never returns, as a driver that is stuck.
   -DSLOW: a getter takes half a second. -DOLD: without newer functions. -DCC_OFF: confidential computing is off.
   -DDEBUG: it is on with debug tools. -DLINKS: only the newer function tells that a mode is on.
   -DHOSTILE: texts without an end, a count and lengths beyond all room. -DEMPTY: lengths of zero.
   -DFAILS: the second GPU's report fails, and with it everything that is asked of a GPU afterwards.
   -DBROKEN_CHAIN: certificates that are none. -DCALLS="file": adds a line to it for each call for a report. */
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

typedef struct { char legacy[16]; unsigned domain, bus, device, pci, sub; char id[32]; } Pci;
typedef struct { unsigned environment, feature, tools; } ConfCompute;
typedef struct { unsigned version, environment, feature, tools, multi; } Settings;
typedef struct { unsigned version; unsigned long long value; } Pdi;
typedef struct { unsigned length, attestation; unsigned char chain[0x1000], attestation_chain[0x1400]; } Certificate;
typedef struct { unsigned has_second, length, second_length; unsigned char nonce[32], report[0x2000], second[0x1000]; } Report;

static int opened, changed, reports, in_error;
int standin_open(void) { return opened; }
int standin_changed(void) { return changed; }
int standin_reports(void) { return reports; }

static int text(char *to, unsigned room, const char *what) {
#ifdef HOSTILE
    memset(to, 'A', room);
    return 0;
#else
    if (strlen(what) >= room) return 7;
    strcpy(to, what);
    return 0;
#endif
}

int nvmlInit_v2(void) {
    /* Real NVML may try to start nvidia-modprobe; a refusal must not be the end. */
    execl("/usr/bin/nvidia-modprobe-that-is-not-there", "x", (char *)0);
    opened++;
    return 0;
}
int nvmlShutdown(void) { opened--; return 0; }
int nvmlSystemGetDriverVersion(char *to, unsigned room) { return text(to, room, "580.95.05"); }
int nvmlDeviceGetCount_v2(unsigned *count) {
#ifdef HOSTILE
    *count = 0xffffffff;
#else
    *count = 2;
#endif
    return 0;
}
int nvmlDeviceGetHandleByIndex_v2(unsigned index, void **handle) { *handle = (void *)(unsigned long)(index + 1); return 0; }
int nvmlDeviceGetUUID(void *gpu, char *to, unsigned room) {
#ifdef HANGS
    for (;;) poll(0, 0, -1);
#endif
#ifdef SLOW
    poll(0, 0, 500);
#endif
    return text(to, room, gpu == (void *)1 ? "GPU-11111111-2222-3333-4444-555555555555" : "GPU-66666666-7777-8888-9999-000000000000");
}
int nvmlDeviceGetSerial(void *gpu, char *to, unsigned room) { return gpu == (void *)1 ? text(to, room, "1650924000001") : 3; }
int nvmlDeviceGetVbiosVersion(void *gpu, char *to, unsigned room) { (void)gpu; return text(to, room, "96.00.CF.00.01"); }
int nvmlDeviceGetName(void *gpu, char *to, unsigned room) { (void)gpu; return text(to, room, "NVIDIA H200"); }
int nvmlDeviceGetBoardPartNumber(void *gpu, char *to, unsigned room) { (void)gpu; return text(to, room, "699-21010-0215-000"); }
int nvmlDeviceGetPciInfo_v3(void *gpu, Pci *pci) {
    memset(pci, 0, sizeof *pci);
    pci->pci = 0x233510de;
    return text(pci->id, sizeof pci->id, gpu == (void *)1 ? "00000000:A1:00.0" : "00000000:01:00.0");
}
#ifndef OLD
int nvmlSystemGetConfComputeState(ConfCompute *state) {
    state->environment = 2;
#if defined(CC_OFF) || defined(LINKS)
    state->feature = 0;
#else
    state->feature = 1;
#endif
#ifdef DEBUG
    state->tools = 1;
#else
    state->tools = 0;
#endif
    return 0;
}
int nvmlSystemGetConfComputeSettings(Settings *settings) {
    if (settings->version != (sizeof *settings | 1u << 24)) return 25;
    memset(settings, 0, sizeof *settings);
#ifdef LINKS
    settings->multi = 1;
#endif
    return 0;
}
int nvmlDeviceGetPdi(void *gpu, Pdi *pdi) {
    if (pdi->version != (sizeof *pdi | 1u << 24)) return 25;
    pdi->value = gpu == (void *)1 ? 0x1122334455667788ull : 0x99aabbccddeeff00ull;
    return 0;
}
int nvmlDeviceGetConfComputeGpuCertificate(void *gpu, Certificate *certificate) {
    static const char *one[] = {
        "-----BEGIN CERTIFICATE-----\nMAEB\n-----END CERTIFICATE-----\n",
        "-----BEGIN CERTIFICATE-----\nMAEC\n-----END CERTIFICATE-----\n",
    };
    memset(certificate, 0, sizeof *certificate);
    /* The leaf is each GPU's own. */
    strcpy((char *)certificate->attestation_chain, one[gpu == (void *)2]);
    for (int i = 0; i < 4; i++) strcat((char *)certificate->attestation_chain, one[0]);
    certificate->attestation = strlen((char *)certificate->attestation_chain);
#ifdef BROKEN_CHAIN
    certificate->attestation = 20;
#endif
#ifdef HOSTILE
    certificate->attestation = 0xffffffff;
#endif
    return in_error ? 999 : 0;
}
int nvmlDeviceGetConfComputeGpuAttestationReport(void *gpu, Report *report) {
    reports++;
#ifdef CALLS
    int file = open(CALLS, O_WRONLY | O_CREAT | O_APPEND, 0600);
    if (file >= 0) { if (write(file, "report\n", 7) != 7) return 999; close(file); }
#endif
#ifdef HANGS_REPORT
    for (;;) poll(0, 0, -1);
#endif
#ifdef FAILS
    if (gpu == (void *)2) in_error = 1;
#endif
    if (in_error) return 999;
    /* A request with the nonce in its place, and a response of the usual length behind it. */
    static const unsigned char begin[] = {0x11, 0xe0, 0x01, 0xff};
    memset(report->report, (int)(unsigned long)gpu, 4052);
    memcpy(report->report, begin, 4);
    memcpy(report->report + 4, report->nonce, 32);
    report->length = 4052;
#ifdef HOSTILE
    report->length = 0xffffffff;
#endif
#ifdef EMPTY
    report->length = 0;
#endif
    return 0;
}
#endif
int nvmlDeviceSetMigMode(void *gpu, unsigned mode) { (void)gpu; (void)mode; changed++; return 0; }
int nvmlDeviceResetApplicationsClocks(void *gpu) { (void)gpu; changed++; return 0; }
