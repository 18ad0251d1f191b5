// A bench for any simulator: plays what `stoic export --samples N` wrote, over AXI, and compares every beat with golden.
//
//   +folder=DIR   the export; all numbers come from its .hex files
//   +seed=S       of the pauses: every stream and the output's READY pause at random
//   +padding      random numbers in the state and table memories first: products run over the padding of vectors with weights
//                 of 0, the end of a table is followed by nothing with a fraction of 0; 0 times X is X to a simulator, though 0
//                 to hardware
//   +restore      a START a sample, the initial state written again before each: for models that carry states
//
// Memories of four-state simulators begin as X, and only what the export has is written: whatever depends on more shows as X,
// which equals no golden beat. Prints one line; "0 differ" is what one wants. The instance of stoic_pkg must be that of the export.
`timescale 1ns/1ns
module stoic_bench;
  localparam int Lanes = stoic_pkg::Lanes;
  localparam int StateWidth = stoic_pkg::StateWidth;
  localparam int WeightWidth = stoic_pkg::WeightWidth;
  localparam int KnotWidth = StateWidth + stoic_pkg::TableGuardBits;
  localparam int StateBus = 8 * ((StateWidth + 7) / 8) * Lanes;
  localparam int WeightBytes = (WeightWidth + 7) / 8;
  localparam int WeightBus = 8 * WeightBytes * Lanes;
  localparam int Beats = 1 << 16;
  localparam int StreamWords = 1 << 20;

  logic                 aclk = 1'b0, aresetn = 1'b0;
  logic [7:0]           awaddr, araddr;
  logic [31:0]          wdata, rdata;
  logic                 awvalid = 1'b0, awready, wvalid = 1'b0, wready, bvalid, arvalid = 1'b0, arready, rvalid;
  logic [1:0]           bresp, rresp;
  logic                 input_valid = 1'b0, input_ready;
  logic [StateBus:0]    input_beat;
  logic [StateBus-1:0]  output_data;
  logic                 weights_valid = 1'b0, weights_ready, weights_last = 1'b0;
  logic [WeightBus-1:0] weights_data;
  logic                 output_valid, output_ready = 1'b0, output_last, irq;

  stoic_accelerator dut (
    .aclk(aclk), .aresetn(aresetn),
    .s_axi_awaddr(awaddr), .s_axi_awvalid(awvalid), .s_axi_awready(awready),
    .s_axi_wdata(wdata), .s_axi_wstrb(4'hf), .s_axi_wvalid(wvalid), .s_axi_wready(wready),
    .s_axi_bresp(bresp), .s_axi_bvalid(bvalid), .s_axi_bready(1'b1),
    .s_axi_araddr(araddr), .s_axi_arvalid(arvalid), .s_axi_arready(arready),
    .s_axi_rdata(rdata), .s_axi_rresp(rresp), .s_axi_rvalid(rvalid), .s_axi_rready(1'b1),
    .s_axis_input_tvalid(input_valid), .s_axis_input_tready(input_ready), .s_axis_input_tlast(input_beat[StateBus]),
    .s_axis_input_tdata(input_beat[StateBus-1:0]),
    .s_axis_weights_tvalid(weights_valid), .s_axis_weights_tready(weights_ready), .s_axis_weights_tlast(weights_last),
    .s_axis_weights_tdata(weights_data),
    .m_axis_output_tvalid(output_valid), .m_axis_output_tready(output_ready), .m_axis_output_tlast(output_last),
    .m_axis_output_tdata(output_data), .irq(irq));

  always #5 aclk = !aclk;

  // The export
  logic [63:0]                  code     [0:stoic_pkg::ProgramWords-1];
  logic [Lanes*WeightWidth-1:0] weights  [0:stoic_pkg::WeightWords-1];
  logic [KnotWidth-1:0]         tables   [0:stoic_pkg::TableWords-1];
  logic [Lanes*StateWidth-1:0]  states   [0:stoic_pkg::StateWordsPerLane-1];
  logic [Lanes*WeightWidth-1:0] stream   [0:StreamWords-1];
  logic [31:0]                  schedule [0:2*stoic_pkg::ProgramWords];
  logic [StateBus:0]            inputs   [0:Beats-1];
  logic [StateBus:0]            outputs  [0:Beats-1];

  string  folder;
  integer seed, samples, input_beats, expected, received, differing, restore;

  // The bus. Values change behind the edge; READY and responses are looked at on it.
  task automatic write(input [7:0] offset, input [31:0] value);
    awaddr <= offset;
    wdata <= value;
    awvalid <= 1'b1;
    wvalid <= 1'b1;
    do @(posedge aclk); while (awready !== 1'b1 || wready !== 1'b1);
    awvalid <= 1'b0;
    wvalid <= 1'b0;
    do @(posedge aclk); while (bvalid !== 1'b1);
    if (bresp !== 2'b00) begin
      $display("stoic_bench: the write of %h to register %h was refused", value, offset);
      $finish;
    end
  endtask

  task automatic read(input [7:0] offset, output [31:0] value);
    araddr <= offset;
    arvalid <= 1'b1;
    do @(posedge aclk); while (arready !== 1'b1);
    arvalid <= 1'b0;
    do @(posedge aclk); while (rvalid !== 1'b1);
    value = rdata;
  endtask

  // An entry of a memory; the address counts on by itself
  logic [31:0] selected = '1, next_address = '1;
  task automatic put(input integer memory, input integer address, input [31:0] value);
    if (memory != selected) write(8'(stoic_pkg::RegMemSelect), memory);
    if (memory != selected || address != next_address) write(8'(stoic_pkg::RegMemAddress), address);
    write(8'(stoic_pkg::RegMemData), value);
    selected = memory;
    next_address = address + 1;
  endtask

  // Words that the export does not have stay unwritten
  task automatic load_state;
    integer word, lane;
    for (word = 0; word < stoic_pkg::StateWordsPerLane; word = word + 1) if (^states[word] !== 1'bx)
      for (lane = 0; lane < Lanes; lane = lane + 1)
        put(stoic_pkg::MemoryState, word * Lanes + lane, 32'(states[word][lane*StateWidth +: StateWidth]));
  endtask

  task automatic fill;
    integer entry;
    for (entry = 0; entry < stoic_pkg::StateWordsPerLane * Lanes; entry = entry + 1)
      put(stoic_pkg::MemoryState, entry, $urandom);
    for (entry = 0; entry < stoic_pkg::TableWords; entry = entry + 1) put(stoic_pkg::MemoryTables, entry, $urandom);
  endtask

  task automatic load;
    integer word, lane;
    if ($test$plusargs("padding")) fill();
    for (word = 0; word < stoic_pkg::ProgramWords; word = word + 1) if (^code[word] !== 1'bx) begin
      put(stoic_pkg::MemoryProgram, 2 * word, code[word][31:0]);
      put(stoic_pkg::MemoryProgram, 2 * word + 1, code[word][63:32]);
    end
    for (word = 0; word < stoic_pkg::WeightWords; word = word + 1) if (^weights[word] !== 1'bx)
      for (lane = 0; lane < Lanes; lane = lane + 1)
        put(stoic_pkg::MemoryWeights, word * Lanes + lane, 32'(weights[word][lane*WeightWidth +: WeightWidth]));
    for (word = 0; word < stoic_pkg::TableWords; word = word + 1) if (^tables[word] !== 1'bx)
      put(stoic_pkg::MemoryTables, word, 32'(tables[word]));
    load_state();
  endtask

  // Streams
  function automatic logic pauses();
    pauses = $unsigned($random(seed)) % 4 == 0;
  endfunction

  task automatic feed_inputs;
    integer beat;
    for (beat = 0; beat < input_beats; beat = beat + 1) begin
      while (pauses()) @(posedge aclk);
      input_beat <= inputs[beat];
      input_valid <= 1'b1;
      do @(posedge aclk); while (input_ready !== 1'b1);
      input_valid <= 1'b0;
    end
  endtask

  task automatic feed_weights;
    integer sample, matrix, beat, lane;
    logic signed [WeightWidth-1:0] entry;
    for (sample = 0; sample < samples; sample = sample + 1)
      for (matrix = 0; ^schedule[matrix] !== 1'bx; matrix = matrix + 2)
        for (beat = 0; beat < schedule[matrix+1]; beat = beat + 1) begin
          while (pauses()) @(posedge aclk);
          for (lane = 0; lane < Lanes; lane = lane + 1) begin
            entry = stream[schedule[matrix] + beat][lane*WeightWidth +: WeightWidth];
            weights_data[lane*8*WeightBytes +: 8*WeightBytes] <= (8*WeightBytes)'(entry);
          end
          weights_last <= beat == schedule[matrix+1] - 1;
          weights_valid <= 1'b1;
          do @(posedge aclk); while (weights_ready !== 1'b1);
          weights_valid <= 1'b0;
        end
  endtask

  always @(posedge aclk) begin
    if (output_valid === 1'b1 && output_ready) begin
      if ({output_last, output_data} !== outputs[received]) begin
        if (differing < 5)
          $display("stoic_bench: beat %0d is %b %h, golden has %b %h", received, output_last, output_data,
                   outputs[received][StateBus], outputs[received][StateBus-1:0]);
        differing = differing + 1;
      end
      received = received + 1;
    end
    output_ready <= !pauses();
  end

  task automatic run(input integer count);
    logic [31:0] status;
    write(8'(stoic_pkg::RegSamples), count);
    write(8'(stoic_pkg::RegControl), 32'd1 << stoic_pkg::ControlStartLsb);
    while (irq !== 1'b1) @(posedge aclk);
    read(8'(stoic_pkg::RegStatus), status);
    if (status !== 32'd1 << stoic_pkg::StatusDoneLsb) begin
      $display("stoic_bench: STATUS is %h, not DONE alone", status);
      differing = differing + 1;
    end
    write(8'(stoic_pkg::RegIrqStatus), 3);
  endtask

  integer cycles_loaded, run_number;
  initial begin
    if (!$value$plusargs("folder=%s", folder)) begin
      $display("stoic_bench: +folder=DIR names an export with samples");
      $finish;
    end
    if (!$value$plusargs("seed=%d", seed)) seed = 1;
    restore = $test$plusargs("restore");
    $readmemh({folder, "/program.hex"}, code);
    $readmemh({folder, "/weights.hex"}, weights);
    $readmemh({folder, "/tables.hex"}, tables);
    $readmemh({folder, "/state.hex"}, states);
    $readmemh({folder, "/stream_weights.hex"}, stream);
    $readmemh({folder, "/stream_schedule.hex"}, schedule);
    $readmemh({folder, "/inputs.hex"}, inputs);
    $readmemh({folder, "/outputs.hex"}, outputs);
    for (input_beats = 0; ^inputs[input_beats] !== 1'bx; input_beats = input_beats + 1);
    for (expected = 0; ^outputs[expected] !== 1'bx; expected = expected + 1);
    if (!$value$plusargs("samples=%d", samples) || input_beats == 0) begin
      $display("stoic_bench: +samples=N says how many samples %s has", folder);
      $finish;
    end
    received = 0;
    differing = 0;
    repeat (4) @(posedge aclk);
    aresetn <= 1'b1;
    @(posedge aclk);
    load();
    cycles_loaded = $time / 10;
    write(8'(stoic_pkg::RegIrqEnable), 3);
    write(8'(stoic_pkg::RegStreamTimeout), 100000);
    fork
      feed_inputs();
      feed_weights();
    join_none
    if (restore)
      for (run_number = 0; run_number < samples; run_number = run_number + 1) begin
        if (run_number > 0) load_state();
        run(1);
      end
    else run(samples);
    repeat (64) @(posedge aclk);
    $display("stoic_bench: %0d samples, %0d of %0d beats, %0d differ; loaded in %0d cycles, ended after %0d", samples, received,
             expected, differing + (received != expected), cycles_loaded, $time / 10);
    $finish;
  end
endmodule
