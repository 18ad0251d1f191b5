// The accelerator under Icarus: four states, so a memory that nobody wrote is X and what depends on it shows.
//
// Loads an exported network (stoic export) over AXI4-Lite, runs its samples in one START, with streams that pause at random,
// and writes every word of the output stream to a file, one a line, in hexadecimal; x stays x. run.py compares them with golden.
//
//   +folder=DIR +samples=N +seed=S +outputs=FILE
//
// samples.bin and stream_schedule.txt (first beat and beats of each streamed matrix, by run.py) lie in DIR too.
`timescale 1ns/1ns
module bench;
  localparam int Lanes = stoic_pkg::Lanes;
  localparam int StateWidth = stoic_pkg::StateWidth;
  localparam int WeightWidth = stoic_pkg::WeightWidth;
  localparam int KnotWidth = StateWidth + stoic_pkg::TableGuardBits;
  localparam int StateBytes = (StateWidth + 7) / 8;
  localparam int WeightBytes = (WeightWidth + 7) / 8;
  localparam int StateBus = 8 * StateBytes * Lanes;
  localparam int WeightBus = 8 * WeightBytes * Lanes;
  localparam int StreamWords = 1 << 16;
  localparam int FileBytes = 1 << 22;

  logic                 aclk = 1'b0, aresetn = 1'b0;
  logic [7:0]           awaddr, araddr;
  logic [31:0]          wdata, rdata;
  logic [3:0]           wstrb = 4'hf;
  logic                 awvalid = 1'b0, awready, wvalid = 1'b0, wready, bvalid, arvalid = 1'b0, arready, rvalid;
  logic [1:0]           bresp, rresp;
  logic                 input_valid = 1'b0, input_ready, input_last = 1'b0;
  logic [StateBus-1:0]  input_data, output_data;
  logic                 weights_valid = 1'b0, weights_ready, weights_last = 1'b0;
  logic [WeightBus-1:0] weights_data;
  logic                 output_valid, output_ready = 1'b0, output_last, irq;

  stoic_accelerator dut (
    .aclk(aclk), .aresetn(aresetn),
    .s_axi_awaddr(awaddr), .s_axi_awvalid(awvalid), .s_axi_awready(awready),
    .s_axi_wdata(wdata), .s_axi_wstrb(wstrb), .s_axi_wvalid(wvalid), .s_axi_wready(wready),
    .s_axi_bresp(bresp), .s_axi_bvalid(bvalid), .s_axi_bready(1'b1),
    .s_axi_araddr(araddr), .s_axi_arvalid(arvalid), .s_axi_arready(arready),
    .s_axi_rdata(rdata), .s_axi_rresp(rresp), .s_axi_rvalid(rvalid), .s_axi_rready(1'b1),
    .s_axis_input_tvalid(input_valid), .s_axis_input_tready(input_ready), .s_axis_input_tlast(input_last),
    .s_axis_input_tdata(input_data),
    .s_axis_weights_tvalid(weights_valid), .s_axis_weights_tready(weights_ready), .s_axis_weights_tlast(weights_last),
    .s_axis_weights_tdata(weights_data),
    .m_axis_output_tvalid(output_valid), .m_axis_output_tready(output_ready), .m_axis_output_tlast(output_last),
    .m_axis_output_tdata(output_data), .irq(irq));

  always #5 aclk = !aclk;

  // What was exported
  logic [63:0]                  code    [0:stoic_pkg::ProgramWords-1];
  logic [Lanes*WeightWidth-1:0] weights [0:stoic_pkg::WeightWords-1];
  logic [KnotWidth-1:0]         tables  [0:stoic_pkg::TableWords-1];
  logic [Lanes*StateWidth-1:0]  states  [0:stoic_pkg::StateWordsPerLane-1];
  logic [Lanes*WeightWidth-1:0] stream  [0:StreamWords-1];
  logic [7:0]                   file    [0:FileBytes-1];

  string  folder, outputs;
  integer samples, seed, handle, written, bytes, schedule;

  // Bus: values change behind the edge, READY and responses are looked at on it
  task automatic write(input [7:0] offset, input [31:0] value);
    logic address_open, data_open;
    awaddr <= offset;
    wdata <= value;
    awvalid <= 1'b1;
    wvalid <= 1'b1;
    address_open = 1'b1;
    data_open = 1'b1;
    while (address_open || data_open) begin
      @(posedge aclk);
      if (address_open && awready === 1'b1) begin address_open = 1'b0; awvalid <= 1'b0; end
      if (data_open && wready === 1'b1) begin data_open = 1'b0; wvalid <= 1'b0; end
    end
    do @(posedge aclk); while (bvalid !== 1'b1);
    if (bresp !== 2'b00) begin
      $display("bench: the write of %h to register %h was refused", value, offset);
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

  task automatic select(input integer memory, input integer first);
    write(8'(stoic_pkg::RegMemSelect), memory);
    write(8'(stoic_pkg::RegMemAddress), first);
  endtask

  // Words that no file has stay unwritten
  task automatic load;
    integer i, lane;
    for (i = 0; i < stoic_pkg::ProgramWords; i = i + 1) if (^code[i] !== 1'bx) begin
      select(stoic_pkg::MemoryProgram, 2 * i);
      write(8'(stoic_pkg::RegMemData), code[i][31:0]);
      write(8'(stoic_pkg::RegMemData), code[i][63:32]);
    end
    for (i = 0; i < stoic_pkg::WeightWords; i = i + 1) if (^weights[i] !== 1'bx) begin
      select(stoic_pkg::MemoryWeights, i * Lanes);
      for (lane = 0; lane < Lanes; lane = lane + 1)
        write(8'(stoic_pkg::RegMemData), {{(32-WeightWidth){1'b0}}, weights[i][lane*WeightWidth +: WeightWidth]});
    end
    select(stoic_pkg::MemoryTables, 0);
    for (i = 0; i < stoic_pkg::TableWords; i = i + 1) if (^tables[i] !== 1'bx)
      write(8'(stoic_pkg::RegMemData), {{(32-KnotWidth){1'b0}}, tables[i]});
    for (i = 0; i < stoic_pkg::StateWordsPerLane; i = i + 1) if (^states[i] !== 1'bx) begin
      select(stoic_pkg::MemoryState, i * Lanes);
      for (lane = 0; lane < Lanes; lane = lane + 1)
        write(8'(stoic_pkg::RegMemData), {{(32-StateWidth){1'b0}}, states[i][lane*StateWidth +: StateWidth]});
    end
  endtask

  function automatic [31:0] number(input integer at);
    number = {file[at+3], file[at+2], file[at+1], file[at]};
  endfunction

  function automatic pauses;
    pauses = $unsigned($random(seed)) % 4 == 0;
  endfunction

  // samples.bin: from word 3 on count, bytes and place of the samples; here each is one vector
  task automatic feed_inputs;
    integer s, beat, beats, lane;
    beats = number(16) / (StateBus / 8);
    for (s = 0; s < samples; s = s + 1)
      for (beat = 0; beat < beats; beat = beat + 1) begin
        while (pauses()) @(posedge aclk);
        for (lane = 0; lane < StateBus / 8; lane = lane + 1)
          input_data[8*lane +: 8] <= file[number(20) + s * number(16) + beat * (StateBus / 8) + lane];
        input_last <= beat == beats - 1;
        input_valid <= 1'b1;
        do @(posedge aclk); while (input_ready !== 1'b1);
        input_valid <= 1'b0;
      end
  endtask

  task automatic feed_weights;
    integer s, first, beats, beat, lane, count;
    logic signed [WeightWidth-1:0] entry;
    for (s = 0; s < samples; s = s + 1) begin
      schedule = $fopen({folder, "/stream_schedule.txt"}, "r");
      count = $fscanf(schedule, "%d %d", first, beats);
      while (count == 2) begin
        for (beat = 0; beat < beats; beat = beat + 1) begin
          while (pauses()) @(posedge aclk);
          for (lane = 0; lane < Lanes; lane = lane + 1) begin
            entry = stream[first + beat][lane*WeightWidth +: WeightWidth];
            weights_data[lane*8*WeightBytes +: 8*WeightBytes] <= (8*WeightBytes)'(entry);
          end
          weights_last <= beat == beats - 1;
          weights_valid <= 1'b1;
          do @(posedge aclk); while (weights_ready !== 1'b1);
          weights_valid <= 1'b0;
        end
        count = $fscanf(schedule, "%d %d", first, beats);
      end
      $fclose(schedule);
    end
  endtask

  // Outputs
  integer out_lane;
  always @(posedge aclk) begin
    if (output_valid === 1'b1 && output_ready) begin
      for (out_lane = 0; out_lane < Lanes; out_lane = out_lane + 1)
        $fwrite(written, "%h%s", output_data[out_lane*8*StateBytes +: 8*StateBytes], (out_lane == Lanes - 1) ? "" : " ");
      $fwrite(written, " %b\n", output_last);
    end
    output_ready <= !pauses();
  end

  logic [31:0] status;
  initial begin
    if (!$value$plusargs("folder=%s", folder) || !$value$plusargs("samples=%d", samples)
        || !$value$plusargs("seed=%d", seed) || !$value$plusargs("outputs=%s", outputs)) begin
      $display("bench: +folder=DIR +samples=N +seed=S +outputs=FILE");
      $finish;
    end
    $readmemh({folder, "/program.hex"}, code);
    $readmemh({folder, "/weights.hex"}, weights);
    $readmemh({folder, "/tables.hex"}, tables);
    $readmemh({folder, "/state.hex"}, states);
    $readmemh({folder, "/stream_weights.hex"}, stream);
    handle = $fopen({folder, "/samples.bin"}, "rb");
    bytes = $fread(file, handle);
    written = $fopen(outputs, "w");
    repeat (4) @(posedge aclk);
    aresetn <= 1'b1;
    @(posedge aclk);
    load();
    $display("bench: loaded after %0d cycles", $time / 10);
    write(8'(stoic_pkg::RegSamples), samples);
    write(8'(stoic_pkg::RegIrqEnable), 3);
    write(8'(stoic_pkg::RegStreamTimeout), 100000);
    write(8'(stoic_pkg::RegControl), 32'd1 << stoic_pkg::ControlStartLsb);
    fork
      feed_inputs();
      feed_weights();
    join_none
    while (irq !== 1'b1) @(posedge aclk);
    while (output_valid === 1'b1) @(posedge aclk);
    read(8'(stoic_pkg::RegStatus), status);
    $fwrite(written, "status %h\n", status);
    $fclose(written);
    $finish;
  end
endmodule
